package dev.offramp.model.text;

import dev.offramp.model.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * RoBERTa's kind of tokenizer, small enough to know its ids by heart: pairs of bytes merged, a
 * space part of the word after it, and RoBERTa's special tokens.
 */
public final class TinyByteLevel {
  /* A space in front of a word is the byte-level alphabet's U+0120. */
  private static final List<String> PIECES =
      List.of(
          "<s>",
          "<pad>",
          "</s>",
          "<unk>", // 0 to 3
          "a",
          "b",
          "d",
          "f",
          "g",
          "i",
          "l",
          "m",
          "o",
          "!",
          "\u0120", // 4 to 14
          "go",
          "goo",
          "good",
          "ba",
          "bad",
          "fi",
          "fil",
          "film", // 15 to 22
          "\u0120a",
          "\u0120good",
          "\u0120bad",
          "\u0120film",
          "<mask>"); // 23 to 27

  private static final List<List<String>> MERGES =
      List.of(
          List.of("g", "o"),
          List.of("go", "o"),
          List.of("goo", "d"),
          List.of("b", "a"),
          List.of("ba", "d"),
          List.of("f", "i"),
          List.of("fi", "l"),
          List.of("fil", "m"),
          List.of("\u0120", "a"),
          List.of("\u0120", "good"),
          List.of("\u0120", "bad"),
          List.of("\u0120", "film"));

  private TinyByteLevel() {}

  /** How many pieces there are. */
  public static int size() {
    return PIECES.size();
  }

  /** Writes the tokenizer to {@code directory} and returns the directory. */
  public static Path write(Path directory) throws IOException {
    var vocabulary = new LinkedHashMap<String, Integer>();
    PIECES.forEach(piece -> vocabulary.put(piece, vocabulary.size()));
    var model = new LinkedHashMap<String, Object>();
    model.put("type", "BPE");
    model.put("continuing_subword_prefix", "");
    model.put("end_of_word_suffix", "");
    model.put("fuse_unk", false);
    model.put("vocab", vocabulary);
    model.put("merges", MERGES.stream().map(pair -> String.join(" ", pair)).toList());
    var description = new LinkedHashMap<String, Object>();
    description.put("version", "1.0");
    description.put(
        "added_tokens",
        Stream.of("<s>", "<pad>", "</s>", "<unk>", "<mask>").map(TinyByteLevel::special).toList());
    description.put(
        "pre_tokenizer",
        Map.of("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true));
    description.put(
        "post_processor",
        Map.of(
            "type",
            "RobertaProcessing",
            "sep",
            List.of("</s>", 2),
            "cls",
            List.of("<s>", 0),
            "trim_offsets",
            true,
            "add_prefix_space",
            false));
    description.put("model", model);
    Files.writeString(directory.resolve(Tokenizer.DESCRIPTION), Json.toText(description));
    return directory;
  }

  private static Map<String, Object> special(String token) {
    var special = new LinkedHashMap<String, Object>();
    special.put("id", PIECES.indexOf(token));
    special.put("content", token);
    special.put("single_word", false);
    special.put("lstrip", token.equals("<mask>"));
    special.put("rstrip", false);
    special.put("normalized", false);
    special.put("special", true);
    return special;
  }
}
