package dev.offramp.model.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.Collections;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The checksums of a directory's files, kept beside them in {@value #FILE} in the format of {@code
 * sha256sum}, so that {@code sha256sum -c} checks a checkpoint or an artifact too.
 *
 * @param byFile lower-case hexadecimal SHA-256 by path relative to the directory, with {@code /}
 */
public record Sha256Sums(SortedMap<String, String> byFile) {
  /** The name of the file that holds the checksums. */
  public static final String FILE = "SHA256SUMS";

  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) [ *](.+)");

  /** Checks the paths: relative, inside the directory. */
  public Sha256Sums {
    byFile.keySet().forEach(RelativePath::requireInside);
    byFile = Collections.unmodifiableSortedMap(new TreeMap<>(byFile));
  }

  /** Computes the checksums of {@code files}, paths relative to {@code directory}. */
  public static Sha256Sums of(Path directory, Collection<String> files) throws IOException {
    var sums = new TreeMap<String, String>();
    for (String file : files) {
      sums.put(file, sha256(directory.resolve(file)));
    }
    return new Sha256Sums(sums);
  }

  /**
   * Reads the checksums kept in {@code directory}.
   *
   * @throws ModelFormatException if there are none or a line cannot be read
   */
  public static Sha256Sums read(Path directory) {
    Path file = directory.resolve(FILE);
    var sums = new TreeMap<String, String>();
    try {
      int number = 0;
      for (String line : Files.readAllLines(file)) {
        number++;
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
          throw new ModelFormatException(
              file, "line " + number + ": '" + line + "' (expected: <sha256>  <file>)");
        }
        if (sums.put(matcher.group(2), matcher.group(1)) != null) {
          throw new ModelFormatException(
              file, "line " + number + ": '" + matcher.group(2) + "' is listed twice");
        }
      }
      return new Sha256Sums(sums);
    } catch (IOException e) {
      throw new ModelFormatException(file, "cannot be read: " + e, e);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, String.valueOf(e.getMessage()), e);
    }
  }

  /** Writes the checksums to {@code directory}, replacing them in one step. */
  public void write(Path directory) throws IOException {
    AtomicFiles.write(directory.resolve(FILE), toText().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Checks every file against its checksum.
   *
   * @throws ModelFormatException naming the first file that is missing or differs
   */
  public void verify(Path directory) {
    byFile.forEach((name, expected) -> {
      Path file = directory.resolve(name);
      String actual;
      try {
        actual = sha256(file);
      } catch (IOException e) {
        throw new ModelFormatException(file, "listed in " + FILE + " but cannot be read: " + e, e);
      }
      if (!actual.equals(expected)) {
        throw new ModelFormatException(
            file,
            "damaged: sha256 is "
                + actual
                + " (expected: "
                + expected
                + "). Copy or make it again.");
      }
    });
  }

  /**
   * Checks that every one of {@code files} has a checksum here, so that {@link #verify} covers
   * them.
   *
   * @throws ModelFormatException naming the first one that has none
   */
  public void requireAll(Path directory, Collection<String> files) {
    for (String file : files) {
      if (!byFile.containsKey(file)) {
        throw new ModelFormatException(
            directory.resolve(FILE), "does not list '" + file + "', which is in use");
      }
    }
  }

  /**
   * Those of some files.
   *
   * @throws IllegalArgumentException if one of {@code files} has no checksum here
   */
  public Sha256Sums only(Collection<String> files) {
    var some = new TreeMap<String, String>();
    for (String file : files) {
      String sum = byFile.get(file);
      if (sum == null) {
        throw new IllegalArgumentException(
            "file: '" + file + "' (expected: one of " + byFile.keySet() + ")");
      }
      some.put(file, sum);
    }
    return new Sha256Sums(some);
  }

  /** The SHA-256 over all checksums: one name for the whole content. */
  public String digest() {
    return sha256(toText());
  }

  /** The lower-case hexadecimal SHA-256 of a text's UTF-8 bytes. */
  public static String sha256(String text) {
    return HexFormat.of().formatHex(newDigest().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** The lower-case hexadecimal SHA-256 of {@code file}. */
  public static String sha256(Path file) throws IOException {
    MessageDigest digest = newDigest();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      byte[] buffer = new byte[1 << 16];
      while (in.read(buffer) >= 0) {
        // The stream feeds the digest.
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private String toText() {
    var text = new StringBuilder();
    byFile.forEach((file, sum) -> text.append(sum).append("  ").append(file).append('\n'));
    return text.toString();
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
