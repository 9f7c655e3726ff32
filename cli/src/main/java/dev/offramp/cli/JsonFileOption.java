package dev.offramp.cli;

import dev.offramp.model.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option {@code --json FILE} of every command that has numbers to tell. */
public final class JsonFileOption {
  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Also write the numbers to FILE as JSON.")
  private @Nullable Path file;

  /** For picocli. */
  public JsonFileOption() {}

  /** Writes {@code value} if the option was given. */
  public void write(Object value) throws IOException {
    if (file == null) {
      return;
    }
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Json.write(file, value);
  }
}
