package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TimeBucketsTest {
  private final TimeBuckets times = new TimeBuckets();

  @Test
  void counted_nothingAdded_hasAllBuckets() {
    assertThat(times.counted().counts())
        .hasSize(TimeBuckets.boundNanos().length + 1)
        .containsOnly(0L);
    assertThat(times.counted().nanos()).isZero();
  }

  @Test
  void add_upToABoundAndBeyond_countsInTheFirstBucketThatHoldsIt() {
    long[] bounds = TimeBuckets.boundNanos();
    assertThat(bounds).isSorted().doesNotHaveDuplicates();
    for (long bound : bounds) {
      times.add(bound);
    }
    times.add(bounds[bounds.length - 1] + 1);
    assertThat(times.counted().counts()).hasSize(bounds.length + 1).containsOnly(1L);
    times.add(bounds[0] + 1);
    assertThat(times.counted().counts().get(1)).isEqualTo(2);
    assertThat(times.counted().nanos())
        .isEqualTo(Arrays.stream(bounds).sum() + bounds[bounds.length - 1] + bounds[0] + 2);
  }
}
