package dev.offramp.server.registry;

import dev.offramp.model.artifact.Manifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a directory looked like: nothing of its content is read.
 *
 * @param directory where it really was: a link that leads elsewhere now is a change, even if all
 *     files look alike there
 * @param files all below it, by path
 */
record Snapshot(Path directory, List<Seen> files) {

  /** A file. */
  record Seen(String path, long bytes, FileTime modified) {}

  Snapshot {
    files = List.copyOf(files);
  }

  /**
   * All artifacts in a directory: what has a manifest and is not hidden, as what is still being
   * made is.
   */
  static Map<Path, Snapshot> artifacts(Path directory) throws IOException {
    List<Path> found;
    try (Stream<Path> children = Files.list(directory)) {
      found =
          children
              .filter(child -> !child.getFileName().toString().startsWith("."))
              .filter(child -> Files.exists(child.resolve(Manifest.FILE)))
              .toList();
    }
    var artifacts = new TreeMap<Path, Snapshot>();
    for (Path child : found) {
      try {
        artifacts.put(child, of(child.toRealPath()));
      } catch (IOException | UncheckedIOException e) {
        // It goes, or changes, at this very moment, or cannot be read for one: it has not gone.
        artifacts.put(child, new Snapshot(child, List.of()));
      }
    }
    return artifacts;
  }

  private static Snapshot of(Path artifact) throws IOException {
    try (Stream<Path> all = Files.walk(artifact)) {
      return new Snapshot(
          artifact,
          all.filter(Files::isRegularFile).sorted().map(file -> seen(artifact, file)).toList());
    }
  }

  private static Seen seen(Path artifact, Path file) {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Seen(
          artifact.relativize(file).toString(), attributes.size(), attributes.lastModifiedTime());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
