package dev.offramp.server.experiment.live;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Keeps a directory for one process. */
final class DirectoryLock {

  /**
   * Takes a directory, until the channel is closed.
   *
   * @throws IOException if it cannot be used, or another server has it
   */
  static FileChannel take(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      channel.close();
      throw new IOException(
          directory
              + ": another server keeps its state there (expected: a directory of its own for each)");
    }
    return channel;
  }

  private DirectoryLock() {}
}
