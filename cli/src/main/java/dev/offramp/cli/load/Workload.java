package dev.offramp.cli.load;

import dev.offramp.client.Input;
import dev.offramp.client.Query;
import dev.offramp.model.io.DurationText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * What the calls of a run ask. Inputs are shuffled once and then sent round and round; each call's
 * tier is drawn by the mix's weights. The same workload always gives the same calls.
 *
 * @param inputs what to classify, at least one
 * @param tiers which tiers are asked for
 * @param deadline how long each call may take from when it is sent, and each answer from when its
 *     call was due to count as good
 * @param settings the other settings of a query, such as the model and the cache
 * @param seed of the order of inputs and the draw of tiers
 */
public record Workload(
    List<Input> inputs,
    TierMix tiers,
    Duration deadline,
    UnaryOperator<Query> settings,
    long seed) {

  public Workload {
    inputs = List.copyOf(inputs);
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("inputs: none (expected: at least one text)");
    }
    if (!deadline.isPositive() || deadline.compareTo(ArrivalPlan.MAX_DURATION) > 0) {
      throw new IllegalArgumentException(
          "deadline: %s (expected: above 0 to %s)"
              .formatted(
                  DurationText.format(deadline), DurationText.format(ArrivalPlan.MAX_DURATION)));
    }
  }

  /** A call of the run. */
  record Call(int tier, Query query) {}

  /** The calls from the first one on; they do not end. */
  Calls calls() {
    return new Calls();
  }

  /** Threading: one thread. */
  final class Calls {
    private final List<Input> shuffled = new ArrayList<>(inputs);
    private final SplittableRandom draw = new SplittableRandom(seed);
    private int next;

    private Calls() {
      Collections.shuffle(shuffled, new Random(seed));
    }

    Call next() {
      int tier = tiers.place(draw.nextDouble());
      Query query =
          Query.of(shuffled.get(next))
              .withExit(tiers.shares().get(tier).tier())
              .withDeadline(deadline);
      next = (next + 1) % shuffled.size();
      return new Call(tier, settings.apply(query));
    }
  }
}
