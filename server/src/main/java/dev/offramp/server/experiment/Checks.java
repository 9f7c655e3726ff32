package dev.offramp.server.experiment;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** What names and texts of a definition must be. */
final class Checks {

  /** The longest text that is a name for people's things: a metric, a unit, a key. */
  static final int MAX_BYTES = 256;

  private static final int MAX_NAME = 63;
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");

  static String name(String field, String name) {
    if (name.length() > MAX_NAME || !NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "%s: '%s' (expected: lower-case letters, digits and hyphens, a letter first, at most %d)"
              .formatted(field, name, MAX_NAME));
    }
    return name;
  }

  static String text(String field, String text) {
    if (!isText(text)) {
      throw new IllegalArgumentException(
          "%s: '%s' (expected: a text of at most %d bytes, without NUL)"
              .formatted(field, text, MAX_BYTES));
    }
    return text;
  }

  /** Whether it can be kept; PostgreSQL keeps no text with a NUL in it. */
  static boolean isText(String text) {
    return !text.isBlank() && !tooLong(text) && text.indexOf('\0') < 0;
  }

  private static boolean tooLong(String text) {
    return text.length() > MAX_BYTES
        || (3L * text.length() > MAX_BYTES
            && text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES);
  }

  static void distinct(String field, List<String> names) {
    if (names.stream().distinct().count() != names.size()) {
      throw new IllegalArgumentException(
          "%s: %s (expected: names that differ)".formatted(field, names));
    }
  }

  private Checks() {}
}
