package dev.offramp.model.io;

import com.fasterxml.jackson.annotation.Nulls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one JSON dialect of our files: indented, strict about duplicates, tolerant of unknown fields.
 */
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .build();

  /* A record read from a file has all its components, and no null inside a list. */
  private static final JsonMapper STRICT =
      MAPPER
          .rebuild()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .changeDefaultNullHandling(nulls -> nulls.withContentNulls(Nulls.FAIL))
          .build();

  /* Jackson's own words for where it was reading, which say nothing to a user. */
  private static final Pattern SOURCE =
      Pattern.compile(
          "\\s*\\((start marker )?at \\[Source:[^\\]]*\\]\\)|\\s*\\[Source:[^\\]]*\\]"
              + "|: not allowed when `[^`]*` enabled");

  private Json() {}

  /** The shared mapper; it is immutable and safe for all threads. */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /**
   * Reads {@code file} as {@code type}.
   *
   * @throws ModelFormatException if the file is missing, is not JSON, or does not describe a {@code
   *     type}
   */
  public static <T> T read(Path file, Class<T> type) {
    try {
      T value = MAPPER.readValue(readBytes(file), type);
      if (value == null) {
        throw new ModelFormatException(file, "is JSON null (expected: an object)");
      }
      return value;
    } catch (JacksonException e) {
      throw new ModelFormatException(file, reason(e), e);
    }
  }

  /** Reads {@code file} as a tree; errors as in {@link #read}. */
  public static JsonNode readTree(Path file) {
    return read(file, JsonNode.class);
  }

  /**
   * The record of {@code type} that {@code json} describes, with every component there.
   *
   * @throws IllegalArgumentException if it describes none; the message says which part
   */
  public static <T> T convert(JsonNode json, Class<T> type) {
    if (!json.isObject() && !json.isArray()) {
      throw new IllegalArgumentException(
          (json.isMissingNode() ? "missing" : json)
              + " (expected: the fields of "
              + name(type)
              + ")");
    }
    try {
      return STRICT.treeToValue(json, type);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(name(type) + ": " + reason(e), e);
    }
  }

  /** Writes {@code value} to {@code file}, replacing it in one step. */
  public static void write(Path file, Object value) throws IOException {
    AtomicFiles.write(file, (toText(value) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** The text of {@code value}, indented. */
  public static String toText(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  private static byte[] readBytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new ModelFormatException(file, "no such file", e);
    } catch (IOException e) {
      throw new ModelFormatException(file, "cannot be read: " + e.getMessage(), e);
    }
  }

  private static String name(Class<?> type) {
    return type.getSimpleName();
  }

  /* Our records refuse bad values with messages of their own, which Jackson wraps: show ours. */
  private static String reason(JacksonException e) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof IllegalArgumentException && cause.getMessage() != null) {
        return cause.getMessage();
      }
    }
    String place =
        e.getPath().stream()
            .map(step ->
                step.getPropertyName() == null
                    ? "[" + step.getIndex() + "]"
                    : step.getPropertyName())
            .collect(Collectors.joining("."));
    return "is not the JSON expected here: " + (place.isEmpty() ? "" : place + ": ") + problem(e);
  }

  /** What is wrong with a JSON text and at which line and column, in one line. */
  public static String problem(JacksonException e) {
    var location = e.getLocation();
    return SOURCE.matcher(e.getOriginalMessage()).replaceAll("").replaceAll("\\s*\\R\\s*", " ")
        + (location == null || location.getLineNr() < 1
            ? ""
            : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")");
  }
}
