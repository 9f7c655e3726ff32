package dev.offramp.trainer.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A UTF-8 file's lines, which end in LF or CRLF; a byte order mark is dropped. A carriage return
 * elsewhere is a character like any other.
 *
 * @param sha256 the digest of the file's bytes, in hexadecimal
 */
record TextLines(Path path, String sha256, List<String> lines) {
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  TextLines {
    lines = List.copyOf(lines);
  }

  /** The line with that number, the first being 1. */
  String line(long number) {
    return lines.get(Math.toIntExact(number - 1));
  }

  /**
   * The numbers of the lines that hold rows, those from {@code first} on; the last line may be
   * empty.
   *
   * @param expected what a row is, for the message about an empty line
   */
  List<Long> rows(long first, String expected) {
    var numbers = new ArrayList<Long>(lines.size());
    for (long number = first; number <= lines.size(); number++) {
      if (!line(number).isEmpty()) {
        numbers.add(number);
      } else if (number < lines.size()) {
        throw new DataFormatException(path, number, "empty (expected: " + expected + ")");
      }
    }
    return numbers;
  }

  /**
   * Reads a file.
   *
   * @param rows what the caller wants there, for the message when there is no such file
   */
  static TextLines read(Path path, String rows) {
    byte[] bytes = bytes(path, rows);
    String text = decode(path, bytes);
    if (text.startsWith(BYTE_ORDER_MARK)) {
      text = text.substring(BYTE_ORDER_MARK.length());
    }
    return new TextLines(path, sha256(bytes), split(text));
  }

  /* String.lines would also end a line at a lone carriage return. */
  private static List<String> split(String text) {
    var lines = new ArrayList<String>();
    for (int from = 0; from < text.length(); ) {
      int feed = text.indexOf('\n', from);
      int end = feed < 0 ? text.length() : feed;
      boolean returned = feed > from && text.charAt(feed - 1) == '\r';
      lines.add(text.substring(from, returned ? end - 1 : end));
      from = end + 1;
    }
    return lines;
  }

  private static byte[] bytes(Path path, String rows) {
    if (Files.isDirectory(path)) {
      throw new DataFormatException(path, "is a directory (expected: a file of " + rows + ")");
    }
    try {
      return Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      throw new DataFormatException(path, "no such file (expected: " + rows + ")", e);
    } catch (IOException e) {
      throw new DataFormatException(path, "cannot be read: " + FileFailure.reason(e), e);
    }
  }

  private static String decode(Path path, byte[] bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException e) {
      throw new DataFormatException(path, firstBadLine(bytes), "not UTF-8 (expected: UTF-8 text)");
    }
  }

  /** The line that holds the first byte which is no UTF-8. */
  private static long firstBadLine(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    StandardCharsets.UTF_8.newDecoder().decode(in, CharBuffer.allocate(bytes.length), true);
    long line = 1;
    for (int i = 0; i < in.position(); i++) {
      if (bytes[i] == '\n') {
        line++;
      }
    }
    return line;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
