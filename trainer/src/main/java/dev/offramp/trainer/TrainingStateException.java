package dev.offramp.trainer;

import java.nio.file.Path;

/**
 * A saved state that an interrupted run cannot go on from: damaged, or of a run with other
 * settings. The message names the file, what is wrong with it, and what to do.
 */
public final class TrainingStateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private TrainingStateException(Path file, String problem) {
    super(file + ": " + problem);
  }

  static TrainingStateException damaged(Path file, String how) {
    return new TrainingStateException(
        file,
        "damaged, %s. Delete the directory %s to train from the start."
            .formatted(how, file.getParent()));
  }

  /** Names only what differs between the fingerprint of the saved run and that of this one. */
  static TrainingStateException otherRun(Path file, String then, String now) {
    return new TrainingStateException(
        file,
        ("of a run with other settings or data: %s. Use those to go on with it, delete the directory"
                + " %s to train from the start, or choose another --out.")
            .formatted(SettingsDifference.of(then, now), file.getParent()));
  }
}
