package dev.offramp.trainer;

import dev.offramp.model.io.DirectoryLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a run keeps its state, its vocabulary and the texts set aside: beside the checkpoint. */
final class RunDirectory {
  private static final String STATE = "state.bin";

  private RunDirectory() {}

  /** That of a run whose checkpoint goes to {@code out}. */
  static Path of(Path out) {
    Path absolute = out.toAbsolutePath().normalize();
    return absolute.resolveSibling(absolute.getFileName() + ".training");
  }

  /**
   * Takes it for one run.
   *
   * @throws IOException if another run has it, or it cannot be made
   */
  static DirectoryLock take(Path directory) throws IOException {
    return DirectoryLock.take(
        directory,
        "another run is at work there (expected: one at a time; wait for it, or use another --out)");
  }

  /** The file of a run's state. */
  static Path state(Path directory) {
    return directory.resolve(STATE);
  }

  /**
   * Checks, before anything in a directory is replaced, that it is this run's: what another run set
   * aside would be lost, and what this one sets aside that one has learned.
   *
   * @param fingerprint what decides this run's outcome
   * @throws TrainingStateException if there is a state, and it is damaged or of other settings
   */
  static void requireOwn(Path directory, String fingerprint) {
    Path state = state(directory);
    if (Files.exists(state)) {
      String other = TrainingState.fingerprint(state);
      if (!other.equals(fingerprint)) {
        throw TrainingStateException.otherRun(state, other, fingerprint);
      }
    }
  }
}
