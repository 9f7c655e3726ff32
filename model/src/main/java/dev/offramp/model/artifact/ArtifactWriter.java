package dev.offramp.model.artifact;

import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.io.RelativePath;
import dev.offramp.model.io.Sha256Sums;
import dev.offramp.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Writes an artifact beside its place and moves it there whole. Closing without {@link #finish}
 * leaves no trace, and what was there before stays.
 *
 * <p>Threading: one thread.
 */
public final class ArtifactWriter implements AutoCloseable {
  private final Path target;
  private final Path staged;
  private @Nullable Artifact sealed;

  private ArtifactWriter(Path target, Path staged) {
    this.target = target;
    this.staged = staged;
  }

  /** Starts an artifact that will lie at {@code directory}. */
  public static ArtifactWriter create(Path directory) throws IOException {
    Path absolute = directory.toAbsolutePath();
    Path parent = absolute.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    if (Files.exists(absolute)
        && !Files.exists(absolute.resolve(Manifest.FILE))
        && !(Files.isDirectory(absolute) && AtomicFiles.isEmpty(absolute))) {
      throw new FileAlreadyExistsException(
          absolute.toString(),
          null,
          "exists and is not an artifact, so it was left alone (expected: an artifact to replace, an"
              + " empty directory, or nothing). Choose another directory.");
    }
    return new ArtifactWriter(absolute, Files.createDirectories(AtomicFiles.sibling(absolute)));
  }

  /** Where to write the file called {@code file}, relative to the artifact; parents are made. */
  public Path file(String file) throws IOException {
    Path path = staged.resolve(RelativePath.requireInside(file));
    Path parent = path.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    return path;
  }

  /** Copies the tokenizer's files from {@code directory}. */
  public void copyTokenizer(Path directory) throws IOException {
    for (String file : Tokenizer.files(directory)) {
      Files.copy(directory.resolve(file), staged.resolve(file));
    }
  }

  /** Where the unfinished artifact lies, for a last check before {@link #finish}. */
  public Path staged() {
    return staged;
  }

  /**
   * Writes the manifest and the checksums; the artifact is then complete, not yet in its place.
   *
   * @throws dev.offramp.model.io.ModelFormatException if it could not be opened again
   */
  public Artifact seal(Manifest manifest) throws IOException {
    manifest.write(staged);
    Sha256Sums.of(staged, Artifact.files(staged, manifest)).write(staged);
    sealed = Artifact.open(staged);
    return sealed;
  }

  /**
   * Moves the sealed artifact into its place, replacing what was there.
   *
   * @throws IllegalStateException if it was not sealed: what was there before stays
   */
  public Artifact finish() throws IOException {
    if (sealed == null) {
      throw new IllegalStateException("artifact: not sealed (expected: seal before finish)");
    }
    AtomicFiles.replaceDirectory(staged, target);
    return Artifact.open(target);
  }

  /** Removes what was not finished. */
  @Override
  public void close() throws IOException {
    AtomicFiles.deleteTree(staged);
  }
}
