package dev.offramp.bench.serving;

import dev.offramp.bench.workload.RandomEncoder;
import dev.offramp.bench.workload.TokenCase;
import dev.offramp.client.Input;
import dev.offramp.client.Query;
import dev.offramp.client.Tier;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;

/**
 * What a server is asked while it is measured what extras cost it.
 *
 * <p>Threading: one thread at a time.
 *
 * @param fresh makes so many queries whose texts no cache has, at {@link #TIER}, where texts leave
 *     early as they do in use: the cache then keeps what they left with
 * @param inFlight how many are on their way at any time
 * @param pairs of loads with and without, a round
 * @param windows how many times as long each is as the benchmark's window: in one, audits of a
 *     hundredth of the texts are to make a batch
 * @param warmUp how long a server is warmed beforehand
 */
record CostLoad(
    IntFunction<List<Query>> fresh, int inFlight, int pairs, int windows, Duration warmUp) {

  /** Of the model that was measured. */
  static final String TIER = "x2";

  private static final int SENTENCES_IN_FLIGHT = 256;

  /** A batch of so large a model has some 20 texts: one waits while another runs. */
  private static final int TOKENS_IN_FLIGHT = 48;

  /** Of sentences: thousands a second, on a machine whose pace moves. */
  static CostLoad ofSentences(List<String> sentences, long seed) {
    var texts = new FreshTexts(sentences, seed);
    // A JVM on one CPU compiles beside what it does, the database too.
    return new CostLoad(
        count -> texts.next(count).stream().map(Query::of).map(CostLoad::atTier).toList(),
        SENTENCES_IN_FLIGHT,
        4,
        1,
        Duration.ofMinutes(2));
  }

  /** Of random tokens, as long as SST-2's sentences: some dozens a second. */
  static CostLoad ofTokens(ModelConfig config, long seed) {
    var random = new Random(seed);
    return new CostLoad(
        count -> tokens(count, config, random), TOKENS_IN_FLIGHT, 1, 6, Duration.ofSeconds(20));
  }

  private static List<Query> tokens(int count, ModelConfig config, Random random) {
    var queries = new ArrayList<Query>();
    while (queries.size() < count) {
      for (EncodedText text : RandomEncoder.texts(TokenCase.SST2, config, random)) {
        queries.add(
            atTier(Query.of(new Input.TokenIds(Arrays.stream(text.ids()).boxed().toList()))));
      }
    }
    Collections.shuffle(queries, random);
    return queries.subList(0, count);
  }

  private static Query atTier(Query query) {
    return query.withExit(Tier.of(TIER));
  }
}
