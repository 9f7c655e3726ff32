package dev.offramp.server.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceCacheTest {

  private static final int LAYERS = 6;
  private static final int CLASSES = 3;
  private static final long MODEL = 1;

  private static TraceCache cache(long bytes) {
    return new TraceCache(new CacheSettings(bytes, bytes, Optional.empty()));
  }

  private static void put(TraceCache cache, long model, EncodedText text, Trace trace) {
    cache.put(new TextKey(model, text), trace, null);
  }

  private static Optional<Found.Hit> find(
      TraceCache cache, long model, EncodedText text, ExitRule rule) {
    return cache.find(new TextKey(model, text), rule) instanceof Found.Hit hit
        ? Optional.of(hit)
        : Optional.empty();
  }

  private static Trace full(RandomGenerator random) {
    float[] logits = new float[LAYERS * CLASSES];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (2 * random.nextGaussian());
    }
    return Trace.of(LAYERS, CLASSES, logits);
  }

  private static Trace upTo(Trace full, int depth) {
    float[] logits = new float[depth * CLASSES];
    for (int d = 1; d <= depth; d++) {
      System.arraycopy(full.logits(d), 0, logits, (d - 1) * CLASSES, CLASSES);
    }
    return Trace.of(LAYERS, CLASSES, logits);
  }

  private static ExitRule rule(RandomGenerator random) {
    return switch (random.nextInt(6)) {
      case 0 -> ExitRule.fullDepth();
      case 1 -> new ExitRule.Patience(1 + random.nextInt(4));
      case 2 -> new ExitRule.Threshold(ExitSignal.ENERGY, random.nextDouble());
      case 3 -> new ExitRule.Threshold(ExitSignal.ENERGY, random.nextDouble(), 2.5);
      case 4 -> new ExitRule.Threshold(ExitSignal.ENTROPY, random.nextDouble());
      default ->
          new ExitRule.Threshold(ExitSignal.LABEL_SCORE, random.nextDouble(1.0 / CLASSES, 1));
    };
  }

  /** A server in little: look, else run the rule on the model and remember what it passed. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void find_randomTextsAndRules_answersAsTheModelWouldOrNotAtAll(long seed) {
    var random = new Random(seed);
    var cache = cache(10_000_000);
    var texts = new ArrayList<EncodedText>();
    var traces = new ArrayList<Trace>();
    for (int i = 0; i < 20; i++) {
      texts.add(EncodedText.of(2, i, 3));
      traces.add(full(random));
    }
    int hits = 0;
    for (int i = 0; i < 2_000; i++) {
      int text = random.nextInt(texts.size());
      ExitRule rule = rule(random);
      Exit expected = traces.get(text).exit(rule).orElseThrow();
      Optional<Found.Hit> hit = find(cache, MODEL, texts.get(text), rule);
      if (hit.isPresent()) {
        hits++;
        assertThat(hit.get().exit()).as("%s on text %d", rule, text).isEqualTo(expected);
        assertThat(hit.get().trace().logits(expected.depth()))
            .containsExactly(traces.get(text).logits(expected.depth()));
      } else {
        put(cache, MODEL, texts.get(text), upTo(traces.get(text), expected.depth()));
        assertThat(find(cache, MODEL, texts.get(text), rule)).isPresent();
      }
    }
    // Each text can miss once a depth at most: whatever a trace reaches, it answers.
    assertThat(hits).isGreaterThanOrEqualTo(2_000 - texts.size() * LAYERS);
  }

  @Test
  void put_shorterTrace_leavesTheLongerOne() {
    var cache = cache(1_000_000);
    var text = EncodedText.of(2, 7, 3);
    Trace full = full(new Random(1));
    put(cache, MODEL, text, full);
    put(cache, MODEL, text, upTo(full, 2));
    assertThat(find(cache, MODEL, text, ExitRule.fullDepth())).isPresent();
  }

  @Test
  void find_otherModelOrOtherTypes_isAMiss() {
    var cache = cache(1_000_000);
    put(cache, MODEL, EncodedText.of(2, 7, 3), full(new Random(1)));
    assertThat(find(cache, MODEL + 1, EncodedText.of(2, 7, 3), ExitRule.fullDepth())).isEmpty();
    var types = EncodedText.of(new int[] {2, 7, 3}, new int[] {0, 0, 1});
    assertThat(find(cache, MODEL, types, ExitRule.fullDepth())).isEmpty();
  }

  @Test
  void put_moreThanFits_staysWithinTheBound() {
    var random = new Random(5);
    var cache = cache(100_000);
    for (int i = 0; i < 10_000; i++) {
      put(cache, MODEL, EncodedText.of(random.ints(30, 0, 1000).toArray()), full(random));
    }
    // About 550 bytes an entry: never 10,000 of them, and not none either.
    assertThat(cache.statistics().entries()).isBetween(50L, 250L);
  }

  @Test
  void drop_oneModel_leavesTheOthers() {
    var cache = cache(1_000_000);
    for (int i = 0; i < 20; i++) {
      put(cache, MODEL, EncodedText.of(2, i, 3), full(new Random(i)));
      put(cache, MODEL + 1, EncodedText.of(2, i, 3), full(new Random(i)));
    }
    cache.drop(MODEL);
    assertThat(cache.statistics().entries()).isEqualTo(20);
    assertThat(find(cache, MODEL, EncodedText.of(2, 7, 3), ExitRule.fullDepth())).isEmpty();
    assertThat(find(cache, MODEL + 1, EncodedText.of(2, 7, 3), ExitRule.fullDepth())).isPresent();
  }

  @Test
  void put_noRoom_storesNothing() {
    var cache = cache(0);
    put(cache, MODEL, EncodedText.of(2, 7, 3), full(new Random(1)));
    assertThat(cache.statistics().entries()).isZero();
    assertThat(find(cache, MODEL, EncodedText.of(2, 7, 3), ExitRule.fullDepth())).isEmpty();
    assertThatThrownBy(() -> cache(-1)).hasMessage("cache bytes: -1 (expected: >= 0)");
  }

  @Test
  void find_stricterRule_goesOnFromTheRowsAtTheTracesEnd() {
    var cache = cache(1_000_000);
    var key = new TextKey(MODEL, EncodedText.of(2, 7, 3));
    Trace full = full(new Random(1));
    float[] rows = {1, 2, 3};
    cache.put(key, upTo(full, 2), rows);
    assertThat(cache.find(key, ExitRule.fullDepth()))
        .isInstanceOfSatisfying(
            Found.Partial.class,
            partial -> {
              assertThat(partial.trace()).isEqualTo(upTo(full, 2));
              assertThat(partial.rows()).containsExactly(rows);
            });
    long bytes = cache.statistics().rowBytes();
    cache.put(key, upTo(full, 4), null); // Rows of a shorter trace are of no use to it.
    assertThat(cache.find(key, ExitRule.fullDepth())).isEqualTo(new Found.Miss());
    cache.put(key, full, rows);
    assertThat(cache.find(key, ExitRule.fullDepth())).isInstanceOf(Found.Hit.class);
    assertThat(cache.statistics().rowBytes()).as("a full trace needs no rows").isEqualTo(bytes);
  }

  @Test
  void put_rowsWithoutRoomForAll_tracesStay() {
    var cache = new TraceCache(new CacheSettings(1_000_000, 10_000, Optional.empty()));
    for (int i = 0; i < 100; i++) {
      cache.put(
          new TextKey(MODEL, EncodedText.of(2, i, 3)),
          upTo(full(new Random(i)), 1),
          new float[500]);
    }
    assertThat(cache.statistics().entries()).isEqualTo(100);
    assertThat(cache.statistics().rowBytes()).isBetween(1L, 10_000L);
  }

  @Test
  void put_withTimeToLive_isForgottenAfterIt() {
    var cache = new TraceCache(new CacheSettings(1_000_000, 0, Optional.of(Duration.ofNanos(1))));
    var key = new TextKey(MODEL, EncodedText.of(2, 7, 3));
    cache.put(key, full(new Random(1)), null);
    Awaitility.await().until(() -> cache.find(key, ExitRule.fullDepth()) instanceof Found.Miss);
  }
}
