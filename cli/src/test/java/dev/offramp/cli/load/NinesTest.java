package dev.offramp.cli.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class NinesTest {
  private final Nines axis = new Nines();

  @Test
  void place_eachNine_isAWholeNumberAndLabelled() {
    String[] labels = {"50", "90", "99", "99.9", "99.99"};
    for (int place = 0; place < labels.length; place++) {
      assertThat(axis.label(place)).isEqualTo(labels[place]);
      double percentile = Double.parseDouble(labels[place]);
      assertThat(axis.place(percentile)).isCloseTo(place, within(1e-9));
      assertThat(axis.percentile(place)).isCloseTo(percentile, within(1e-9));
    }
    assertThat(axis.label(0.5)).isBlank();
  }
}
