package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PassageTimesTest {
  private final PassageTimes times = new PassageTimes();

  @Test
  void nanos_nothingSeen_isNothing() {
    assertThat(times.nanos(12)).isZero();
  }

  @Test
  void nanos_firstText_isTwiceItsTime() {
    times.note(4, 400);
    assertThat(times.nanos(4)).isEqualTo(800);
  }

  @Test
  void nanos_allAlike_isWhatTheyTook() {
    for (int i = 0; i < 500; i++) {
      times.note(4, 400);
    }
    assertThat(times.nanos(12)).isCloseTo(1_200, within(1.0));
  }

  @Test
  void nanos_becomesSlower_follows() {
    for (int i = 0; i < 500; i++) {
      times.note(1, 100);
    }
    for (int i = 0; i < 100; i++) {
      times.note(1, 1_000);
    }
    assertThat(times.nanos(1)).isBetween(950.0, 1_500.0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void nanos_exponentialTimes_mostComeSooner(long seed) {
    var random = new Random(seed);
    int sooner = 0;
    int texts = 20_000;
    for (int i = 0; i < texts; i++) {
      long nanos = (long) (-1e6 * Math.log(1 - random.nextDouble()));
      if (nanos <= times.nanos(1)) {
        sooner++;
      }
      times.note(1, nanos);
    }
    assertThat((double) sooner / texts).as("seed %s", seed).isBetween(0.8, 0.97);
  }
}
