package dev.offramp.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.bench.serving.EngineRun.Round;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class EngineRunTest {

  /** A machine of some pace: all throughputs are proportional to it. */
  private static Round round(double pace) {
    var loads = new LinkedHashMap<String, EngineLoad.Result>();
    loads.put("full", new EngineLoad.Result(10 * pace, 12));
    loads.put("x3", new EngineLoad.Result(27 * pace, 4));
    return new Round(
        loads,
        new EngineLoad.Result(2 / (1 / 10.0 + 1 / 27.0) * 0.98 * pace, 8),
        13.5 * pace,
        new PacedLoad.Result(27 * pace, 26 * pace, 0, 0, pace, 0),
        new PacedLoad.Result(54 * pace, 24.7 * pace, pace, 0, 28 * pace, 0));
  }

  @Test
  void ratios_machineWhosePaceDrifts_areTheSame() {
    var run = new EngineRun(12, List.of(round(1), round(3), round(0.5)));
    EngineRun.Line line = run.lines().getLast();
    assertThat(line.layerSpeedup()).isEqualTo(3);
    assertThat(line.wallSpeedup()).isCloseTo(2.7, within(1e-9));
    assertThat(line.ratio()).isCloseTo(0.9, within(1e-9));
    assertThat(run.lines().getFirst().ratio()).isEqualTo(1);
    assertThat(run.mixedTiers()).isCloseTo(0.98, within(1e-9));
    assertThat(run.overWholeBatches("x3")).isCloseTo(2, within(1e-9));
    assertThat(run.overloadGoodput()).isCloseTo(0.95, within(1e-9));
    assertThat(run.json("x3"))
        .containsKeys("tiers", "mixedTiers", "batchServerBaseline", "overloadGoodput");
  }
}
