package dev.offramp.model.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A WordPiece vocabulary small enough to know its ids by heart. */
public final class TinyVocabulary {
  /** The pieces; an id is an index. */
  public static final List<String> PIECES =
      List.of(
          "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", // 0 to 4
          "a", "film", "##s", "good", "bad", // 5 to 9
          "un", "##watch", "##able", "cafe", "!", // 10 to 14
          ",", "'", "not", "Film", "##ing", // 15 to 19
          "映", "画", "the", "play", "café"); // 20 to 24

  private TinyVocabulary() {}

  /** Writes the vocabulary to {@code directory} and returns the directory. */
  public static Path write(Path directory) throws IOException {
    Files.write(directory.resolve(Tokenizer.VOCABULARY), PIECES);
    return directory;
  }
}
