package dev.offramp.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.analysis.Estimate;
import dev.offramp.server.experiment.stats.Interval;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HistoryTest {
  private final History<String> history = new History<>();

  private static Estimate known(double value) {
    return new Estimate(value, new Interval(value - 1, value + 1));
  }

  @Test
  void note_manyTimes_staysBoundedAndSpansAllOfTheTime() {
    for (int i = 0; i < 10_000; i++) {
      history.note("bold", Instant.ofEpochSecond(i), known(i));
    }
    List<History.Point> points = history.of("bold"::equals).getOrDefault("bold", List.of());

    assertThat(points).hasSizeBetween(History.MOST_POINTS / 3, History.MOST_POINTS);
    assertThat(points.getFirst().at()).isEqualTo(Instant.ofEpochSecond(0));
    assertThat(points.getLast().at()).isAfter(Instant.ofEpochSecond(9_800));
    assertThat(points).isSortedAccordingTo((a, b) -> a.at().compareTo(b.at()));
    assertThat(points.getLast().estimate().value())
        .isEqualTo((double) points.getLast().at().getEpochSecond());
  }

  @Test
  void of_some_areInTheOrderOfTheirFirstNotes() {
    for (String what : List.of("b", "a", "x", "b")) {
      history.note(what, Instant.EPOCH, known(0));
    }

    assertThat(history.of(what -> !what.equals("x")).keySet()).containsExactly("b", "a");
  }

  @Test
  void retain_others_areForgotten() {
    history.note("e", Instant.EPOCH, known(0));
    history.note("f", Instant.EPOCH, known(0));
    history.retain("f"::equals);

    assertThat(history.of(_ -> true)).containsOnlyKeys("f");
  }
}
