package dev.offramp.compiler.tune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.compiler.kernel.GemmSchedule;
import dev.offramp.compiler.kernel.GemmSchedule.Order;
import dev.offramp.compiler.kernel.Schedules;
import dev.offramp.compiler.target.CpuLevel;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tvm.Tvm;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.ModelConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TuningRecordsTest {
  private static final ModelConfig CONFIG =
      new ModelConfig(1, 64, 2, 96, 50, 40, 2, 1e-12, List.of("a", "b"));
  private static final CpuTarget TARGET = new CpuTarget(CpuLevel.X86_64_V3, Precision.FLOAT32);
  private static final Workload UP = Workload.of(CONFIG).getFirst();

  @TempDir Path directory;

  @Test
  void add_thenOpen_findsTheLastOfEach() throws IOException {
    Path file = directory.resolve("deep/er/tuning.jsonl");
    TuningRecords records = TuningRecords.open(file);
    records.add(record(4, Tvm.VERSION));
    records.add(record(5, Tvm.VERSION));

    assertThat(Files.readAllLines(file)).hasSize(2);
    assertThat(rowsOf(TuningRecords.open(file))).isEqualTo(5);
    assertThat(TuningRecords.open(file).find(UP, "another")).isEmpty();
  }

  @Test
  void open_damagedAndForeignLines_ignoresThemAndKeepsTheRest() throws IOException {
    Path file = directory.resolve("tuning.jsonl");
    TuningRecords records = TuningRecords.open(file);
    records.add(record(4, Tvm.VERSION));
    records.add(record(5, "0.17.0"));
    String good = Files.readAllLines(file).getFirst();
    byte[] noText = {(byte) 0xFF, 0, (byte) 0xC3, '\n'};
    Files.write(file, noText, StandardOpenOption.APPEND);
    Files.writeString(
        file,
        good.substring(0, good.length() / 2)
            + "\n[]\n{}\nnull\n"
            + good.replace("\"rows\":4", "\"rows\":0"),
        StandardOpenOption.APPEND);

    assertThat(rowsOf(TuningRecords.open(file))).isEqualTo(4);
  }

  @Test
  void open_directoryOrNothing_isNoRecords() {
    assertThat(TuningRecords.open(directory).find(UP, TARGET.id())).isEmpty();
    assertThat(TuningRecords.open(directory.resolve("none")).find(UP, TARGET.id())).isEmpty();
  }

  @Test
  void recorded_scheduleThatDoesNotFitTheTarget_givesTheDefault() throws IOException {
    TuningRecords records = TuningRecords.open(directory.resolve("tuning.jsonl"));
    records.add(record(30, Tvm.VERSION));

    assertThat(Tuner.recorded(CONFIG, TARGET, records))
        .isEqualTo(Schedules.defaults(CONFIG, TARGET));
  }

  @Test
  void recorded_scheduleThatFits_isTaken() throws IOException {
    TuningRecords records = TuningRecords.open(directory.resolve("tuning.jsonl"));
    records.add(record(4, Tvm.VERSION));

    assertThat(Tuner.recorded(CONFIG, TARGET, records).up().rows()).isEqualTo(4);
  }

  private static int rowsOf(TuningRecords records) {
    var schedule = (GemmSchedule) records.find(UP, TARGET.id()).orElseThrow().schedule();
    return schedule.rows();
  }

  private static TuningRecord record(int rows, String tvm) {
    var schedule = new GemmSchedule(rows, 8, 2, 64, 0, Order.PANEL_OUTER, 1);
    return TuningRecord.of(UP, TARGET.id(), tvm, "test", schedule, 1, 0.5);
  }
}
