package dev.offramp.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.analysis.Estimate;
import dev.offramp.server.experiment.stats.Interval;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

final class ChartsTest {

  private static History.Point point(long second, double low, double value, double high) {
    return new History.Point(
        Instant.ofEpochSecond(second), new Estimate(value, new Interval(low, high)));
  }

  @Test
  void past_markOutsideOfWhatWasKnown_isOnTheChart() {
    var points = List.of(point(0, 0.1, 0.2, 0.4), point(10, 0.1, 0.2, 0.3));
    Charts.Past past = Charts.past(points, OptionalDouble.of(1));

    assertThat(past.up().contains(1)).isTrue();
    assertThat(past.mark()).isEqualTo(past.up().at(1)).isPositive();
  }

  @Test
  void past_withoutMark_hasNone() {
    var points = List.of(point(0, 3, 4, 5), point(10, 3, 4, 5));
    Charts.Past past = Charts.past(points, OptionalDouble.empty());

    assertThat(past.mark()).isNegative();
    assertThat(past.up().contains(0)).isFalse();
  }

  @Test
  void past_firstPointsThatKnowNothing_leaveRoomForTheRest() {
    var points =
        List.of(
            point(0, Double.NEGATIVE_INFINITY, 0, Double.POSITIVE_INFINITY),
            point(10, -100, 0, 100),
            point(20, -1, 0, 1));
    Charts.Past past = Charts.past(points, OptionalDouble.of(0));

    assertThat(past.up().contains(100)).isFalse();
    assertThat(past.line().split(" ")).hasSize(3);
    assertThat(past.band().split(" ")).hasSize(6);
  }
}
