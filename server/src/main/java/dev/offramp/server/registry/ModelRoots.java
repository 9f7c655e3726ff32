package dev.offramp.server.registry;

import dev.offramp.server.refusal.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The directories below which artifacts may be loaded by name of a path. Links are followed to
 * where they end, and that has to lie below a root too: for the path itself, and for all below it.
 *
 * @param directories none: nothing may be loaded so
 */
public record ModelRoots(List<Path> directories) {

  /** Copies. */
  public ModelRoots {
    directories = List.copyOf(directories);
  }

  /**
   * The directory that a caller means.
   *
   * @param path absolute, or relative to one of the roots
   * @throws Refusal if there is none, or it lies elsewhere
   */
  public Path resolve(String path) {
    requireAny();
    if (path.isEmpty()) {
      throw Refusal.invalid("path: not given (expected: an artifact below " + directories + ")");
    }
    try {
      Path given = Path.of(path);
      for (Path root : directories) {
        // What lies outside by its name alone is not even looked at.
        Path candidate = root.toAbsolutePath().resolve(given).normalize();
        if (candidate.startsWith(root.toAbsolutePath().normalize())
            && Files.isDirectory(candidate)) {
          return requireInside(candidate.toRealPath(), path);
        }
      }
      if (isOutside(given)) {
        throw outside(path);
      }
    } catch (InvalidPathException e) {
      throw Refusal.invalid("path: " + e.getMessage() + " (expected: a path)");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw Refusal.notFound(
        "path: '"
            + path
            + "': no such directory (expected: an artifact below "
            + directories
            + ")");
  }

  /**
   * Checks that calls may change what is served.
   *
   * @throws Refusal if there is no root
   */
  public void requireAny() {
    if (directories.isEmpty()) {
      throw Refusal.precondition(
          "this server lets no call change its models (to allow it, start it with: serve"
              + " --model-root DIR)");
    }
  }

  private boolean isOutside(Path given) {
    return directories.stream()
        .map(root -> root.toAbsolutePath().normalize())
        .noneMatch(root -> root.resolve(given).normalize().startsWith(root));
  }

  private Path requireInside(Path real, String path) throws IOException {
    requireBelowRoot(real, path);
    try (Stream<Path> below = Files.walk(real)) {
      for (Path file : below.filter(Files::isSymbolicLink).toList()) {
        if (!Files.exists(file)) {
          throw Refusal.precondition(
              "path: '%s': %s leads nowhere (expected: links to files that there are)"
                  .formatted(path, file.getFileName()));
        }
        requireBelowRoot(file.toRealPath(), path);
      }
    }
    return real;
  }

  private void requireBelowRoot(Path real, String path) throws IOException {
    for (Path root : directories) {
      if (Files.exists(root) && real.startsWith(root.toRealPath())) {
        return;
      }
    }
    throw outside(path);
  }

  private Refusal outside(String path) {
    return Refusal.invalid(
        "path: '" + path + "' leads elsewhere (expected: an artifact below " + directories + ")");
  }
}
