package dev.offramp.trainer;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that no byte can be written to, as on a disk that is full. */
final class FullDisk {
  private static final Path DEVICE = Path.of("/dev/full");

  private FullDisk() {}

  /** Makes {@code file} such a file; its name can be deleted like any other. */
  static void at(Path file) throws IOException {
    assumeThat(DEVICE).exists();
    Files.createSymbolicLink(file, DEVICE);
  }
}
