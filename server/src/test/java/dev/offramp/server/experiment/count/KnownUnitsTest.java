package dev.offramp.server.experiment.count;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.state.CountBatch.ExposedUnit;
import java.util.HashSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class KnownUnitsTest {

  private static ExposedUnit unit(int number) {
    return new ExposedUnit("e", "user-" + number, "bold");
  }

  @Test
  void contains_oneThatWasAdded_untilCleared() {
    var known = new KnownUnits();
    assertThat(known.contains(unit(1))).isFalse();
    known.add(unit(1));
    assertThat(known.contains(unit(1))).isTrue();
    known.clear();
    assertThat(known.contains(unit(1))).isFalse();
  }

  @Test
  void contains_otherFieldsOfTheSameText_isFalse() {
    var known = new KnownUnits();
    known.add(new ExposedUnit("ab", "d", "c"));
    assertThat(known.contains(new ExposedUnit("a", "d", "bc"))).isFalse();
    assertThat(known.contains(new ExposedUnit("ab", "cd", "c"))).isFalse();
    assertThat(known.contains(new ExposedUnit("ab", "d", "c2"))).isFalse();
    assertThat(known.contains(new ExposedUnit("ac", "d", "b"))).isFalse();
  }

  @Test
  void contains_asManyAsAServiceHas_knowsNearlyAll() {
    var known = new KnownUnits();
    for (int i = 0; i < 10_000; i++) {
      known.add(unit(i));
    }
    // With one place for each it would be some 190.
    assertThat(IntStream.range(0, 10_000).filter(i -> !known.contains(unit(i))).count())
        .isLessThan(10);
  }

  @Test
  void contains_afterMoreThanFit_neverSaysSoOfOneThatWasNotAdded() {
    var known = new KnownUnits();
    var remembered = new HashSet<Integer>();
    for (int i = 0; i < 600_000; i += 2) {
      known.add(unit(i));
    }
    for (int i = 0; i < 600_000; i++) {
      if (known.contains(unit(i))) {
        remembered.add(i % 2);
      }
    }
    assertThat(remembered).containsExactly(0);
    assertThat(known.contains(unit(599_998))).as("the last one pushes others out").isTrue();
  }
}
