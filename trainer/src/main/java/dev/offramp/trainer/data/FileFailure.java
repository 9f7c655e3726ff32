package dev.offramp.trainer.data;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Why a file could not be read or written, in words: the JDK's commonest messages are a path. */
public final class FileFailure {
  private FileFailure() {}

  /** The file that failed, which may be one that {@code file} needs, and the reason. */
  public static String reason(Path file, IOException e) {
    if (e instanceof FileSystemException failure && failure.getFile() != null) {
      return failure.getFile() + ": " + reason(failure);
    }
    return file + ": " + reason(e);
  }

  /** The reason alone. */
  public static String reason(IOException e) {
    return switch (e) {
      case FileSystemException failure when failure.getReason() != null -> failure.getReason();
      case AccessDeniedException denied -> "permission denied";
      case NoSuchFileException missing -> "no such file or directory";
      case FileAlreadyExistsException existing -> "exists already";
      case FileSystemException other -> other.getClass().getSimpleName();
      default -> e.getMessage() == null ? e.toString() : e.getMessage();
    };
  }
}
