package dev.offramp.assignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class AssignmentTest {
  private static final List<Double> HALVES = List.of(0.5, 0.5);

  @Test
  void ranges_areCutFromTheFullWeights() {
    assertThat(Assignment.of("s", List.of(0.2, 0.3, 0.5), 0.1).ranges())
        .containsExactly(
            new BucketRange(0, 200), new BucketRange(2_000, 2_300), new BucketRange(5_000, 5_500));
    assertThat(Assignment.of("s", List.of(1 / 3.0, 1 / 3.0, 1 / 3.0), 1).ranges())
        .containsExactly(
            new BucketRange(0, 3_333),
            new BucketRange(3_333, 6_667),
            new BucketRange(6_667, 10_000));
    assertThat(Assignment.of("s", List.of(0.0, 1.0), 1).ranges())
        .containsExactly(new BucketRange(0, 0), new BucketRange(0, 10_000));
  }

  @Test
  void arm_isTheOneWhoseRangeHoldsTheBucket() {
    var assignment = Assignment.of("salt", List.of(0.2, 0.3, 0.5), 0.6);
    for (int i = 0; i < 20_000; i++) {
      String unit = "unit-" + i;
      int bucket = PlainHash.bucket("salt", unit);
      int expected =
          bucket < 1_200 ? 0 : bucket < 2_000 ? -1 : bucket < 3_800 ? 1 : bucket < 5_000 ? -1 : 2;
      if (bucket >= 8_000) {
        expected = -1;
      }
      assertThat(assignment.arm(unit)).as(unit).isEqualTo(expected);
    }
  }

  @Test
  void withCoverage_raised_movesNoUnitAndLetsOthersIn() {
    var before = Assignment.of("ramp", List.of(0.34, 0.33, 0.33), 0);
    int lastIn = 0;
    for (double coverage : new double[] {0.0001, 0.1, 0.25, 0.333, 0.5, 0.75, 1}) {
      var after = before.withCoverage(coverage);
      int in = 0;
      for (int i = 0; i < 50_000; i++) {
        String unit = "u" + i;
        int arm = before.arm(unit);
        if (arm != Assignment.NONE) {
          assertThat(after.arm(unit)).as("%s at %s", unit, coverage).isEqualTo(arm);
        }
        in += after.arm(unit) == Assignment.NONE ? 0 : 1;
      }
      assertThat(in).isGreaterThanOrEqualTo(lastIn);
      lastIn = in;
      before = after;
    }
    assertThat(lastIn).isEqualTo(50_000);
  }

  @Test
  void within_namespacesApart_shareNoUnitAndUseTheirShare() {
    var first =
        Assignment.of("exp-a", HALVES, 1)
            .within(new Namespace("layer", BucketRange.ofShares(0, 0.4)));
    var second =
        Assignment.of("exp-b", HALVES, 1)
            .within(new Namespace("layer", BucketRange.ofShares(0.4, 1)));
    var arms = new int[4];
    for (int i = 0; i < 200_000; i++) {
      String unit = "u" + i;
      int a = first.arm(unit);
      int b = second.arm(unit);
      assertThat(a == Assignment.NONE).as(unit).isNotEqualTo(b == Assignment.NONE);
      arms[a == Assignment.NONE ? 2 + b : a]++;
    }
    // 40,000 and 60,000 expected an arm; five standard deviations are below 1,100.
    assertThat(arms[0]).isBetween(38_900, 41_100);
    assertThat(arms[1]).isBetween(38_900, 41_100);
    assertThat(arms[2]).isBetween(58_900, 61_100);
    assertThat(arms[3]).isBetween(58_900, 61_100);
  }

  @Test
  void namespace_overlaps_onlyWhereAUnitCanBeInBoth() {
    var low = new Namespace("layer", new BucketRange(0, 5_000));
    var high = new Namespace("layer", new BucketRange(5_000, 10_000));
    assertThat(low.overlaps(high)).isFalse();
    assertThat(low.overlaps(new Namespace("layer", new BucketRange(4_999, 10_000)))).isTrue();
    assertThat(low.overlaps(new Namespace("other", new BucketRange(5_000, 10_000)))).isTrue();
  }

  @Test
  void arms_ofTwoSalts_areIndependent() {
    var first = Assignment.of("exp-1", HALVES, 1);
    var second = Assignment.of("exp-2", HALVES, 1);
    var cells = new int[4];
    for (int i = 0; i < 400_000; i++) {
      String unit = "user-" + i;
      cells[2 * first.arm(unit) + second.arm(unit)]++;
    }
    assertThat(ChiSquare.ofEqual(cells)).isLessThan(ChiSquare.onceInAMillion(3));
  }

  @Test
  void arm_awkwardUnits_getOneAndTheSameAgain() {
    var assignment = Assignment.of("salt", HALVES, 1);
    for (String unit :
        List.of("", " ", "\0", "\uD83D", "\uDE80\uD83D", "\u00E9", "e\u0301", "\uD83D\uDE80")) {
      assertThat(assignment.arm(unit)).as("'%s'", unit).isBetween(0, 1);
      assertThat(Assignment.of("salt", HALVES, 1).arm(unit)).isEqualTo(assignment.arm(unit));
    }
  }

  @Test
  void of_badSettings_areRefusedWithValueAndReason() {
    assertThatThrownBy(() -> Assignment.of(" ", HALVES, 1)).hasMessageContaining("salt: blank");
    assertThatThrownBy(() -> Assignment.of("s", List.of(), 1))
        .hasMessageContaining("weights: none");
    assertThatThrownBy(() -> Assignment.of("s", List.of(0.5, 0.6), 1))
        .hasMessageContaining("[0.5, 0.6], together 1.1");
    assertThatThrownBy(() -> Assignment.of("s", List.of(Double.NaN, 1.0), 1))
        .hasMessageContaining("weight: NaN");
    assertThatThrownBy(() -> Assignment.of("s", List.of(-0.5, 1.5), 1))
        .hasMessageContaining("weight: -0.5");
    assertThatThrownBy(() -> Assignment.of("s", List.of(0.00001, 0.99999), 1))
        .hasMessageContaining("weight: 1.0E-5");
    assertThatThrownBy(() -> Assignment.of("s", HALVES, 1.01))
        .hasMessageContaining("coverage: 1.01");
    assertThatThrownBy(() -> Assignment.of("s", HALVES, 1).withCoverage(Double.NaN))
        .hasMessageContaining("coverage: NaN");
    assertThatThrownBy(
            () -> Assignment.of("s", HALVES, 1).within(new Namespace("s", new BucketRange(0, 1))))
        .hasMessageContaining("namespace: s", "salt");
    assertThatThrownBy(() -> new Namespace("", new BucketRange(0, 1)))
        .hasMessageContaining("namespace: blank");
    assertThatThrownBy(() -> new Namespace("n", new BucketRange(7, 7)))
        .hasMessageContaining("range of namespace n: 7 to 7");
    assertThatThrownBy(() -> BucketRange.ofShares(0.6, 0.5))
        .hasMessageContaining("range: 0.6 to 0.5");
    assertThatThrownBy(() -> new BucketRange(0, 10_001)).hasMessageContaining("0 to 10001");
  }
}
