package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class FailuresTest {

  @Command(name = "test")
  private static final class Nothing {}

  private static String said(Exception failure) {
    var err = new StringWriter();
    var line = new CommandLine(new Nothing()).setErr(new PrintWriter(err, true));
    assertThat(Failures.report(failure, line, line.parseArgs())).isOne();
    return err.toString().strip();
  }

  @Test
  void report_aFilesFailureBehindIt_saysTheReasonOnce() {
    var full = new FileSystemException("tiers.json", null, "No space left on device");
    assertThat(said(new UncheckedIOException("cannot write the tiers of mine", full)))
        .isEqualTo("offramp: cannot write the tiers of mine: No space left on device");
    assertThat(said(new UncheckedIOException("tiers.json: No space left on device", full)))
        .isEqualTo("offramp: tiers.json: No space left on device");
    assertThat(said(new UncheckedIOException(new IOException("broken"))))
        .isEqualTo("offramp: java.io.IOException: broken");
    assertThat(said(full)).isEqualTo("offramp: tiers.json: No space left on device");
  }
}
