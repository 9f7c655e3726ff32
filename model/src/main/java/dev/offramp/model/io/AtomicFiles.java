package dev.offramp.model.io;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes that a reader sees whole or not at all, and that a failure leaves undone. */
public final class AtomicFiles {
  private AtomicFiles() {}

  /** Writes {@code content} beside {@code file} and to disk, then moves it into place. */
  public static void write(Path file, byte[] content) throws IOException {
    Path temporary = sibling(file);
    try {
      Files.write(temporary, content);
      try (var channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        channel.force(true); // Or a machine that fails may keep the move and not the bytes.
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      throw temporary.toString().equals(e.getFile()) ? of(file, e) : e;
    } catch (IOException e) {
      var named = new FileSystemException(file.toString(), null, String.valueOf(e.getMessage()));
      named.initCause(e);
      throw named;
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** The same failure of a file that its caller knows. */
  private static FileSystemException of(Path file, FileSystemException failure) {
    String name = file.toString();
    FileSystemException named =
        switch (failure) {
          case NoSuchFileException _ -> new NoSuchFileException(name);
          case AccessDeniedException _ -> new AccessDeniedException(name);
          default -> new FileSystemException(name, failure.getOtherFile(), failure.getReason());
        };
    named.initCause(failure);
    return named;
  }

  /** A path beside {@code target}, on the same file system, that nothing uses yet. */
  public static Path sibling(Path target) {
    Path absolute = target.toAbsolutePath().normalize();
    return absolute.resolveSibling(
        "."
            + absolute.getFileName()
            + "."
            + ProcessHandle.current().pid()
            + "-"
            + UUID.randomUUID());
  }

  /**
   * Puts the directory {@code staged} in the place of {@code target}, which may exist. The old one
   * is moved aside first and deleted last; if the new one cannot be moved in, the old one is put
   * back. A process that dies between the two moves leaves the old one under its {@link #sibling}
   * name.
   */
  public static void replaceDirectory(Path staged, Path target) throws IOException {
    Path old = sibling(target);
    boolean hadOld = Files.exists(target);
    if (hadOld) {
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(staged, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (hadOld) {
        Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      }
      throw e;
    }
    if (hadOld) {
      deleteTree(old);
    }
  }

  /** Whether the directory {@code directory} has no entry. */
  public static boolean isEmpty(Path directory) throws IOException {
    try (var entries = Files.list(directory)) {
      return entries.findAny().isEmpty();
    }
  }

  /**
   * Deletes {@code root} and all below it; nothing if it does not exist. Links are not followed.
   */
  public static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
