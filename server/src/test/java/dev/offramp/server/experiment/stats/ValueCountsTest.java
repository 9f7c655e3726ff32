package dev.offramp.server.experiment.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.server.experiment.stats.ValueCounts.Bucket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ValueCountsTest {
  private static final double ALPHA = 0.05;

  @Test
  void interval_ofValuesThatRepeat_holdsTheQuantileAtEveryLook() {
    long seed = 31;
    var random = new Random(seed);
    for (double p : new double[] {0.5, 0.9}) {
      // Geometric: the p-quantile is the least k with 1 - 0.5^k >= p.
      double truth = Math.ceil(Math.log(1 - p) / Math.log(0.5) - 1e-9);
      int runs = 200;
      int wrong = 0;
      double high = 0;
      for (int run = 0; run < runs; run++) {
        var counts = new long[64];
        boolean ever = false;
        for (int n = 1; n <= 600; n++) {
          counts[geometric(random)]++;
          if (n % 30 == 0) {
            ever |= !ofCounts(counts).interval(p, ALPHA).contains(truth);
          }
        }
        wrong += ever ? 1 : 0;
        high += ofCounts(counts).interval(p, ALPHA).high() / runs;
      }
      // Three standard deviations of 200 draws at 0.05 are 0.046.
      assertThat(wrong / (double) runs).as("seed %d, p %s", seed, p).isLessThan(ALPHA + 0.046);
      assertThat(high).as("not just everything").isLessThan(truth + 2);
    }
  }

  @Test
  void interval_ofDistinctValues_isEverWrongAtMostAsOftenAsAllowed() {
    long seed = 32;
    var random = new Random(seed);
    // Of distinct values ranks are all that counts, so uniform ones stand for every distribution.
    var ranks = new QuantileRanks[1_001];
    for (int n = 20; n <= 1_000; n += 20) {
      ranks[n] = QuantileRanks.of(n, 0.99, ALPHA);
    }
    int runs = 1_000;
    int wrong = 0;
    for (int run = 0; run < runs; run++) {
      long atMost = 0;
      boolean ever = false;
      for (int n = 1; n <= 1_000; n++) {
        atMost += random.nextDouble() <= 0.99 ? 1 : 0;
        if (n % 20 == 0) {
          // The k-th smallest is at most the quantile just if k or more are.
          ever |= atMost < ranks[n].lowest() || atMost >= ranks[n].highest();
        }
      }
      wrong += ever ? 1 : 0;
    }
    // Three standard deviations of 1,000 draws at 0.05 are 0.021.
    assertThat(wrong / (double) runs).as("seed %d", seed).isLessThan(ALPHA + 0.021);
  }

  @Test
  void ranks_areTheOutermostThatBetsLeave() {
    for (long n : new long[] {5, 80, 1_000}) {
      for (double p : new double[] {0.5, 0.99}) {
        QuantileRanks ranks = QuantileRanks.of(n, p, ALPHA);
        long lowest = 0;
        while (Betting.logEvidenceBelow(Tally.ofRate(n, lowest), p) >= Math.log(2 / ALPHA)) {
          lowest++;
        }
        long most = n;
        while (Betting.logEvidenceAbove(Tally.ofRate(n, most), p) >= Math.log(2 / ALPHA)) {
          most--;
        }
        assertThat(ranks).isEqualTo(new QuantileRanks(n, lowest, most + 1));
      }
    }
    // So few say nothing of what is above the 99th percentile.
    assertThat(QuantileRanks.of(80, 0.99, ALPHA).highest()).isEqualTo(81);
  }

  @Test
  void difference_slowerArm_isFoundAndEqualArmsAreNot() {
    long seed = 33;
    var random = new Random(seed);
    ValueCounts first = latencies(random, 1);
    ValueCounts equal = latencies(random, 1);
    ValueCounts slower = latencies(random, 1.3);
    assertThat(equal.difference(first, 0.99, ALPHA).contains(0)).isTrue();
    Interval found = slower.difference(first, 0.99, ALPHA);
    double truth = 0.3 * -Math.log(0.01);
    assertThat(found.low()).as("seed %d: %s", seed, found).isPositive();
    assertThat(found.contains(truth)).isTrue();
  }

  private static ValueCounts latencies(Random random, double mean) {
    var counts = new long[2_000];
    for (int i = 0; i < 40_000; i++) {
      counts[(int) (-Math.log(random.nextDouble()) * mean * 50)]++;
    }
    var buckets = new ArrayList<Bucket>();
    for (int b = 0; b < counts.length; b++) {
      buckets.add(new Bucket(b / 50.0, Math.nextDown((b + 1) / 50.0), counts[b]));
    }
    return new ValueCounts(buckets);
  }

  @Test
  void quantile_isTheTopOfItsBucket_andPartsAddUp() {
    var one = new ValueCounts(List.of(new Bucket(4, 5, 1), new Bucket(0, 1, 8)));
    var both = one.plus(new ValueCounts(List.of(new Bucket(4, 5, 1), new Bucket(2, 3, 0))));
    assertThat(both.buckets()).containsExactly(new Bucket(0, 1, 8), new Bucket(4, 5, 2));
    assertThat(both.n()).isEqualTo(10);
    assertThat(both.quantile(0.8)).isEqualTo(1);
    assertThat(both.quantile(0.81)).isEqualTo(5);
    assertThat(new ValueCounts(List.of()).quantile(0.5)).isNaN();
    assertThat(new ValueCounts(List.of()).interval(0.5, ALPHA)).isEqualTo(Interval.ANY);
  }

  @Test
  void counts_bucketsThatOverlap_areRefused() {
    assertThatThrownBy(() -> new ValueCounts(List.of(new Bucket(0, 2, 1), new Bucket(1, 3, 1))))
        .hasMessageContaining("the same, or apart");
    assertThatThrownBy(() -> new Bucket(0, 1, -1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> new ValueCounts(List.of()).quantile(1))
        .hasMessageContaining("quantile: 1.0");
  }

  private static ValueCounts ofCounts(long[] counts) {
    var buckets = new Bucket[counts.length];
    Arrays.setAll(buckets, k -> new Bucket(k, k, counts[k]));
    return new ValueCounts(List.of(buckets));
  }

  private static int geometric(Random random) {
    int k = 1;
    while (random.nextBoolean()) {
      k++;
    }
    return k;
  }
}
