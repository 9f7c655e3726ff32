package dev.offramp.cli;

import dev.offramp.model.io.AtomicFiles;
import dev.offramp.server.admin.AdminSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Option;

/** The options of {@code offramp serve} about its admin port. */
final class AdminOptions {
  @Option(
      names = "--admin-port",
      paramLabel = "PORT",
      showDefaultValue = Visibility.NEVER,
      description =
          "Serve the console, /healthz, /readyz and /metrics over HTTP on this port; 0: any free one"
              + " (default: none).")
  private @Nullable Integer port;

  @Option(
      names = "--admin-address",
      paramLabel = "ADDRESS",
      defaultValue = AdminSettings.DEFAULT_ADDRESS,
      description = "The address of the admin port. Whoever reaches it may change experiments.")
  private String address;

  @Option(
      names = "--admin-port-file",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = "Write the admin port to FILE once the server is ready.")
  private @Nullable Path portFile;

  Optional<AdminSettings> settings() {
    if (port == null) {
      if (portFile != null) {
        throw new IllegalArgumentException(
            "--admin-port-file: given without --admin-port (expected: a port)");
      }
      return Optional.empty();
    }
    return Optional.of(new AdminSettings(address, port));
  }

  void write(int opened) throws IOException {
    if (portFile != null) {
      AtomicFiles.write(portFile, (opened + "\n").getBytes(StandardCharsets.US_ASCII));
    }
  }
}
