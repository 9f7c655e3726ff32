package dev.offramp.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.analysis.Analysis;
import dev.offramp.server.experiment.analysis.ArmAnalysis;
import dev.offramp.server.experiment.analysis.Difference;
import dev.offramp.server.experiment.analysis.Disagreement;
import dev.offramp.server.experiment.analysis.Estimate;
import dev.offramp.server.experiment.state.ArmTotals;
import dev.offramp.server.experiment.stats.Interval;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class HistoryTest {
  private static final History.Question BOLD = new History.Question("bold", History.DISAGREEMENT);

  private final History history = new History();

  @Test
  void note_manyTimes_staysBoundedAndSpansAllOfTheTime() {
    for (int i = 0; i < 10_000; i++) {
      history.note("e", Instant.ofEpochSecond(i), analysis(i));
    }
    List<History.Point> points = history.of("e").getOrDefault(BOLD, List.of());

    assertThat(points).hasSizeBetween(History.MOST_POINTS / 3, History.MOST_POINTS);
    assertThat(points.getFirst().at()).isEqualTo(Instant.ofEpochSecond(0));
    assertThat(points.getLast().at()).isAfter(Instant.ofEpochSecond(9_800));
    assertThat(points).isSortedAccordingTo((a, b) -> a.at().compareTo(b.at()));
  }

  @Test
  void note_disagreement_isInPercent() {
    history.note("e", Instant.EPOCH, analysis(0.25));

    assertThat(history.of("e").getOrDefault(BOLD, List.of()))
        .singleElement()
        .extracting(History.Point::difference)
        .isEqualTo(new Estimate(25, new Interval(-75, 125)));
  }

  @Test
  void retain_others_areForgotten() {
    history.note("e", Instant.EPOCH, analysis(0));
    history.retain(Set.of("f"));

    assertThat(history.of("e")).isEmpty();
  }

  /** Of one arm whose disagreement differs by this much, give or take 1. */
  private static Analysis analysis(double difference) {
    var estimate = new Estimate(difference, new Interval(difference - 1, difference + 1));
    var disagreement =
        new Disagreement(
            1, 0, Optional.empty(), Optional.of(new Difference(estimate, 0, Optional.empty())), 1);
    var totals =
        new ArmTotals(new HashMap<>(), 0, new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
    return new Analysis(
        List.of(
            new ArmAnalysis(
                "bold",
                totals,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                disagreement,
                List.of())),
        Optional.empty());
  }
}
