package dev.offramp.model.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Compares hidden rows {@code [T][H]}. */
final class HiddenRows {
  private HiddenRows() {}

  static void requireClose(double[][] actual, double[][] expected, double tolerance, String where) {
    assertThat(actual.length).as(where).isEqualTo(expected.length);
    for (int t = 0; t < expected.length; t++) {
      assertThat(actual[t])
          .as("%s, row %d", where, t)
          .containsExactly(expected[t], within(tolerance));
    }
  }
}
