package dev.offramp.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.bench.serving.ServingCosts.Pair;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerRunTest {

  /** Pairs that a machine of changing pace gives. */
  private static List<Pair> pairs(double ratio) {
    return List.of(
        new Pair(1_000, 1_000 * ratio),
        new Pair(3_000, 3_000 * ratio),
        new Pair(500, 400), // Something else ran.
        new Pair(2_000, 2_000 * ratio));
  }

  @Test
  void ratios_machineWhosePaceDrifts_areTheSame() {
    var costs =
        new ServingCosts.Result(
            pairs(0.98),
            pairs(0.97),
            pairs(0.96),
            10,
            5,
            List.of(
                new Swaps.Result(2, 3, 4, 6, 300),
                new Swaps.Result(20, 30, 50, 90, 500),
                new Swaps.Result(1, 8, 2, 9, 200)));
    var run =
        new ServerRun(
            List.of(new ServerRun.Throughput(10, 9.9)),
            List.of(new ServerRun.Throughput(4_000, 3_600), new ServerRun.Throughput(1_000, 900)),
            List.of(new ServerRun.Latency(1, 2, 1.25, 2.5)),
            List.of(new ClientLoad.Result(70_000, 1)),
            new Soak.Result(10, 6, 1, 1, 1, 2, 0, 0, 0, 1, 1, 1, 40),
            costs,
            costs);
    assertThat(costs.missRatio()).isCloseTo(0.98, within(1e-9));
    assertThat(costs.experimentsRatio()).isCloseTo(0.97, within(1e-9));
    assertThat(costs.unitExperimentsRatio()).isCloseTo(0.96, within(1e-9));
    assertThat(costs.swapRatio()).isCloseTo(1.5, within(1e-9));
    assertThat(run.addedMillisP50()).isCloseTo(0.25, within(1e-9));
    assertThat(run.json())
        .containsKeys(
            "grpcOverEngine",
            "addedMillisP50",
            "addedMillisP99",
            "cacheHitsPerSecond",
            "cacheMisses",
            "experimentsAndAudits",
            "unitExperimentsAndAudits",
            "swapP99OverCalm",
            "cacheMissesBertBase",
            "experimentsAndAuditsBertBase",
            "unitExperimentsAndAuditsBertBase",
            "swapP99OverCalmBertBase",
            "soak");
  }
}
