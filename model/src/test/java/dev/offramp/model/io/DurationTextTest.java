package dev.offramp.model.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationTextTest {

  @ParameterizedTest
  @CsvSource({
    "500ms, PT0.5S",
    "30s, PT30S",
    "2m, PT2M",
    "1h30m, PT1H30M",
    "1H, PT1H",
    "1.5s, PT1.5S",
    "3600.000000001s, PT1H0.000000001S",
    "30d, P30D",
    "1d2h3m4s5ms, P1DT2H3M4.005S",
    "PT1.5S, PT1.5S",
    "0s, PT0S",
    "-PT1S, PT-1S"
  })
  void parse_asPeopleWrite_isThat(String text, Duration duration) {
    assertThat(DurationText.parse(text)).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "1w",
        "s",
        "1s2m",
        "1.5h",
        "1.s",
        ".5s",
        " 1s",
        "1 s",
        "-1s",
        "999999999d"
      })
  void parse_noDuration_saysWhatIs(String text) {
    assertThatThrownBy(() -> DurationText.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'%s' is not a duration (expected: 500ms, 30s, 2m, 1h30m, 30d, or ISO 8601)", text);
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 0s",
    "PT0.00025S, 0.25ms",
    "PT0.02S, 20ms",
    "PT1S, 1s",
    "PT1.5S, 1.5s",
    "PT90M, 1h30m",
    "P30D, 30d",
    "PT24H, 1d",
    "PT61.001S, 1m1.001s",
    "PT-1S, -1s"
  })
  void format_any_largestUnitsFirst(Duration duration, String text) {
    assertThat(DurationText.format(duration)).isEqualTo(text);
  }

  @Test
  void format_whatWasParsed_staysThat() {
    for (String text : new String[] {"500ms", "30s", "2m", "1h30m", "30d", "1d2h3m4s"}) {
      assertThat(DurationText.format(DurationText.parse(text))).isEqualTo(text);
    }
  }
}
