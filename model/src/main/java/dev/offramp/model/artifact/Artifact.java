package dev.offramp.model.artifact;

import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.io.Sha256Sums;
import dev.offramp.model.text.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A compiled model: a directory of {@code manifest.json}, the tokenizer's files, packed weights and
 * kernels a target, all listed with their checksums in {@code SHA256SUMS}.
 *
 * @param directory where it lies
 * @param manifest what it says of itself
 * @param sums of its files, which had them when it was opened
 */
public record Artifact(Path directory, Manifest manifest, Sha256Sums sums) {

  /**
   * Opens and checks an artifact: every file is there, undamaged, inside the directory, and the
   * manifest makes sense.
   *
   * @throws ModelFormatException if not, naming the file and the reason
   */
  public static Artifact open(Path directory) {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new ModelFormatException(directory, "is a file (expected: an artifact, a directory)");
    }
    if (!Files.isDirectory(directory)) {
      throw new ModelFormatException(
          directory,
          "no such directory (expected: an artifact; make one with: offramp compile CHECKPOINT --out "
              + directory
              + ")");
    }
    if (!Files.exists(directory.resolve(Manifest.FILE))) {
      throw new ModelFormatException(
          directory,
          "is not an artifact: it has no "
              + Manifest.FILE
              + (Files.exists(directory.resolve("model.safetensors"))
                  ? "; it looks like a checkpoint: compile it first with: offramp compile "
                      + directory
                      + " --out "
                      + directory.getFileName()
                      + ".offramp"
                  : ""));
    }
    Sha256Sums sums = Sha256Sums.read(directory);
    sums.verify(directory);
    Manifest manifest = Manifest.read(directory);
    sums.requireAll(directory, files(directory, manifest));
    manifest.config().requireFitsTokenizer(directory);
    return new Artifact(directory, manifest, sums);
  }

  /** The absolute path of {@code file}, which the manifest names relative to the artifact. */
  public Path resolve(String file) {
    return directory.resolve(file).toAbsolutePath();
  }

  /** One name for all that its tokenizer is made of: artifacts with the same cut texts the same. */
  public String tokenizerDigest() {
    return sums.only(Tokenizer.files(directory)).digest();
  }

  static List<String> files(Path directory, Manifest manifest) {
    var files = new ArrayList<String>();
    files.add(Manifest.FILE);
    files.addAll(Tokenizer.files(directory));
    for (TargetEntry target : manifest.targets()) {
      files.add(target.kernels());
      files.add(target.weights());
    }
    return files.stream().distinct().toList();
  }
}
