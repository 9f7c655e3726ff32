package dev.offramp.bench.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.cli.Offramp;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can be said about the options before anything native is loaded. */
final class KernelsCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource({
    "--rounds, 0, '>= 1'",
    "--tokens, 0, '1 to 16384'",
    "--tokens, 99999, '1 to 16384'",
    "--tokens, many, 'many'",
    "--tokens, '96,96', each once",
    "--precision, float64, 'float32, bf16, int8'",
  })
  void kernels_withAValueOutOfRange_isWrongUsageAndSaysWhatItExpects(
      String option, String value, String expected) {
    assertThat(run("bench", "kernels", option, value)).isEqualTo(2);
    assertThat(err.toString()).contains(expected, "See: offramp bench kernels --help");
  }

  @Test
  void help_ofKernels_listsItsOptions() {
    assertThat(run("bench", "kernels", "--help")).isZero();
    assertThat(out.toString())
        .contains(
            "--tokens",
            "--precision",
            "--rounds",
            "--records",
            "--no-onednn",
            "--markdown",
            "--picture",
            "--json");
  }

  private int run(String... arguments) {
    return Offramp.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
