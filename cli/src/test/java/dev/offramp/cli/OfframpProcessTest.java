package dev.offramp.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OfframpProcessTest {

  @TempDir private Path temporary;

  /** As serving processes write them, with what belongs to them on lines of their own. */
  @Test
  void errors_logOfSeveralLevels_countsErrorsAlone() throws IOException {
    Path log =
        Files.writeString(
            temporary.resolve("server.log"),
            """
            11:04:08.927 INFO  Host sst2@1 is served (no ERROR so far)
            11:04:09.001 ERROR Ends An answer could not be delivered
            java.lang.IllegalStateException: call already closed
            \tat dev.offramp.server.rpc.Unary.onNext(Unary.java:1)
            11:04:09.002 WARN  TierWatch Tier x3 of sst2@1
            11:04:10.000 FATAL Serve out of memory
            ERROR without a time is somebody's text
            """);
    assertThat(OfframpProcess.errors(log)).isEqualTo(2);
  }
}
