package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.cli.TargetsCommand.Row;
import dev.offramp.server.registry.Host;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class TargetsCommandTest {

  @Test
  void rows_hostWithoutAvx512_runsTheFirstLevelOnlyAndSaysWhatItLacks() {
    var haswell =
        Set.of(
            "cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3", "avx", "avx2", "bmi1", "bmi2",
            "f16c", "fma", "movbe", "xsave");
    var rows = TargetsCommand.rows(new Host("x86_64", haswell));
    assertThat(rows).filteredOn(Row::runs).extracting(Row::name).containsExactly("x86-64-v3");
    assertThat(rows)
        .filteredOn(row -> row.name().equals("x86-64-v4"))
        .first()
        .satisfies(row ->
            assertThat(row.missing())
                .containsExactly("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"));
    assertThat(rows)
        .filteredOn(row -> row.name().equals("aarch64"))
        .first()
        .satisfies(row -> assertThat(row.missing()).containsExactly("a CPU of aarch64"));
  }

  @Test
  void rows_armHost_runsAarch64Only() {
    var rows = TargetsCommand.rows(new Host("aarch64", Set.of("fp", "asimd")));
    assertThat(rows).filteredOn(Row::runs).extracting(Row::name).containsExactly("aarch64");
  }
}
