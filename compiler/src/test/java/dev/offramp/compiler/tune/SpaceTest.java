package dev.offramp.compiler.tune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.compiler.kernel.AttentionSchedule;
import dev.offramp.compiler.kernel.GemmSchedule;
import dev.offramp.compiler.kernel.Schedule;
import dev.offramp.compiler.kernel.Schedules;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.model.checkpoint.ModelConfig;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever schedule the search may propose, the kernel computes the same. */
final class SpaceTest {
  private static final long SEED = 31;
  private static final int PROPOSALS = 6;

  /** Widths whose divisors are few and odd, so that many schedules do not fit. */
  private static final ModelConfig CONFIG =
      new ModelConfig(1, 144, 3, 80, 50, 40, 2, 1e-12, List.of("a", "b"));

  static Stream<CpuTarget> targets() {
    return CpuTarget.all().stream().filter(HostCpu.detect()::runs);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void proposals_anyKernel_computeWhatTheDefaultComputes(CpuTarget target) {
    System.out.printf("SpaceTest: %s, seed %d%n", target, SEED);
    var random = new Random(SEED);
    Schedules defaults = Schedules.defaults(CONFIG, target);
    for (Workload workload : Workload.of(CONFIG)) {
      Space space = Tuner.space(defaults, target, workload);
      Schedule start = defaults.of(workload.kernel());
      assertThat(space.contains(start)).as("%s of %s", start, workload).isTrue();
      // 7 and 33 tokens: less than a tile, and several blocks of rows with a rest.
      var batches = List.of(new KernelCase.Batch(7, 7), new KernelCase.Batch(99, 33));
      try (var kernels = new KernelCase(CONFIG, target, workload, batches);
          var reference = kernels.compile(start)) {
        for (int i = 0; i < PROPOSALS; i++) {
          Schedule stranger = space.random(random, start);
          Schedule proposal =
              switch (i % 3) {
                case 0 -> stranger;
                case 1 -> space.neighbour(start, random);
                default -> space.cross(start, stranger, random);
              };
          assertThat(space.contains(proposal)).as("%s", proposal).isTrue();
          try (var candidate = kernels.compile(proposal)) {
            for (int batch = 0; batch < batches.size(); batch++) {
              float[] expected = reference.output(batch);
              assertThat(Search.firstDifference(candidate.output(batch), expected))
                  .as("%s, batch %d", proposal, batch)
                  .isEqualTo(-1);
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("targets")
  void contains_whatDoesNotFit_isFalse(CpuTarget target) {
    Schedules defaults = Schedules.defaults(CONFIG, target);
    var product = Workload.of(CONFIG).getFirst();
    var gemm = (GemmSchedule) defaults.of(product.kernel());
    Space space = Tuner.space(defaults, target, product);
    var tooTall =
        new GemmSchedule(64, gemm.lanes(), 1, gemm.depth(), 1, gemm.order(), gemm.unroll());
    var oddDepth = new GemmSchedule(8, gemm.lanes(), 1, 7, 1, gemm.order(), 1);
    assertThat(space.contains(tooTall)).isFalse();
    assertThat(space.contains(oddDepth)).isFalse();
    var attention = Workload.of(CONFIG).getLast();
    assertThat(
            Tuner.space(defaults, target, attention).contains(new AttentionSchedule(3, 99, 1, 1)))
        .isFalse();
  }
}
