package dev.offramp.model.io;

import java.nio.file.Path;

/** The paths by which a directory's own files are named: relative, plain, inside the directory. */
public final class RelativePath {
  private RelativePath() {}

  /**
   * Returns {@code path} if it names a file inside the directory it is relative to, with neither
   * {@code .} nor {@code ..} in it.
   *
   * @throws IllegalArgumentException if it does not
   */
  public static String requireInside(String path) {
    // InvalidPathException, for a NUL, is an IllegalArgumentException too.
    Path normal = Path.of(path).normalize();
    if (path.isEmpty()
        || normal.isAbsolute()
        || normal.startsWith("..")
        || !normal.toString().equals(path)) {
      throw new IllegalArgumentException(
          "file name: '" + path + "' (expected: a plain relative path inside the directory)");
    }
    return path;
  }
}
