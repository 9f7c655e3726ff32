package dev.offramp.cli;

import dev.offramp.model.io.Json;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
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

  /**
   * Checks, before long work, that there will be a place to write to.
   *
   * @throws IOException if the file's directory cannot be made or written to
   */
  public void requireWritable() throws IOException {
    if (file == null) {
      return;
    }
    Path parent = Objects.requireNonNull(file.toAbsolutePath().getParent());
    Files.createDirectories(parent);
    if (!Files.isWritable(parent) || Files.isDirectory(file)) {
      throw new FileSystemException(
          file.toString(), null, "cannot be written (expected: a file to make or replace)");
    }
  }

  /** Writes {@code value} if the option was given. */
  public void write(Object value) throws IOException {
    if (file == null) {
      return;
    }
    requireWritable();
    Json.write(file, value);
  }
}
