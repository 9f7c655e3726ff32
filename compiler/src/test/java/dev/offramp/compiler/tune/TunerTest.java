package dev.offramp.compiler.tune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.compiler.kernel.Schedules;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TunerTest {
  private static final ModelConfig CONFIG =
      new ModelConfig(1, 64, 2, 96, 50, 40, 2, 1e-12, List.of("a", "b"));

  @TempDir Path directory;

  @Test
  void tune_fewSeconds_measuresEveryKernelAndKeepsWhatItFound() throws IOException {
    var target = new CpuTarget(HostCpu.detect().bestLevel(), Precision.INT8);
    Path file = directory.resolve("tuning.jsonl");
    var heard = new ArrayList<String>();
    var tuner =
        new Tuner(
            CONFIG,
            TuningRecords.open(file),
            (id, workload, gops, fraction, candidates, left) -> {
              assertThat(gops).isPositive();
              assertThat(fraction).isPositive();
              heard.add(workload.key());
            });

    Schedules found = tuner.tune(target, Duration.ofSeconds(4));

    assertThat(heard).contains(Workload.of(CONFIG).getFirst().key());
    assertThat(Files.readAllLines(file)).isNotEmpty();
    assertThat(Tuner.recorded(CONFIG, target, TuningRecords.open(file))).isEqualTo(found);
  }

  @Test
  void tune_noTime_givesTheRecordedSchedules() throws IOException {
    var target = new CpuTarget(HostCpu.detect().bestLevel(), Precision.FLOAT32);
    TuningRecords records = TuningRecords.open(directory.resolve("tuning.jsonl"));
    var tuner = new Tuner(CONFIG, records, (id, w, gops, fraction, candidates, left) -> {});

    assertThat(tuner.tune(target, Duration.ZERO))
        .isEqualTo(Tuner.recorded(CONFIG, target, records));
    assertThat(directory.resolve("tuning.jsonl")).doesNotExist();
  }
}
