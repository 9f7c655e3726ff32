package dev.offramp.compiler.tune;

import dev.offramp.compiler.kernel.Schedule;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The schedules that one kernel may have on one target: a few choices, each of a few values, and
 * what goes together.
 *
 * <p>A point is one index for each choice, which makes the moves of the search the same for every
 * kernel.
 */
abstract class Space {
  private static final int ATTEMPTS = 1000;

  private final List<List<Integer>> choices;

  Space(List<List<Integer>> choices) {
    this.choices = choices.stream().map(List::copyOf).toList();
  }

  /** The schedule of these values, if they go together. */
  abstract Optional<Schedule> schedule(int[] values);

  /** The values of a schedule. */
  abstract int[] values(Schedule schedule);

  /** Whether a schedule is one of these, as one from a record might not be. */
  final boolean contains(Schedule schedule) {
    return schedule(values(schedule)).filter(schedule::equals).isPresent();
  }

  /** Any schedule. */
  final Schedule random(RandomGenerator random, Schedule otherwise) {
    return search(
        otherwise,
        () -> {
          var values = new int[choices.size()];
          for (int i = 0; i < values.length; i++) {
            values[i] = pick(choices.get(i), random);
          }
          return values;
        });
  }

  /** A schedule that differs from this one in one or two choices, mostly by one step. */
  final Schedule neighbour(Schedule schedule, RandomGenerator random) {
    return search(
        schedule,
        () -> {
          int[] values = values(schedule);
          for (int change = random.nextInt(2); change >= 0; change--) {
            int i = random.nextInt(values.length);
            values[i] =
                random.nextInt(4) == 0
                    ? pick(choices.get(i), random)
                    : step(choices.get(i), values[i], random);
          }
          return values;
        });
  }

  /** A schedule that takes each choice from one of two. */
  final Schedule cross(Schedule one, Schedule other, RandomGenerator random) {
    return search(
        one,
        () -> {
          int[] values = values(one);
          int[] others = values(other);
          for (int i = 0; i < values.length; i++) {
            if (random.nextBoolean()) {
              values[i] = others[i];
            }
          }
          return values;
        });
  }

  /** The first proposal that is a schedule, and not the one there is; else that one. */
  private Schedule search(Schedule otherwise, Supplier<int[]> proposal) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<Schedule> found = schedule(proposal.get());
      if (found.isPresent() && !found.get().equals(otherwise)) {
        return found.get();
      }
    }
    return otherwise;
  }

  private static int pick(List<Integer> values, RandomGenerator random) {
    return values.get(random.nextInt(values.size()));
  }

  private static int step(List<Integer> values, int value, RandomGenerator random) {
    int at = values.indexOf(value) + (random.nextBoolean() ? 1 : -1);
    return values.get(Math.clamp(at, 0, values.size() - 1));
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + Arrays.toString(choices.toArray());
  }
}
