package dev.offramp.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The sentences that the demo sends: {@code sentence<TAB>label}, with a header, written for it. */
public final class LabelledSentences {
  private static final Pattern HEADER = Pattern.compile("(?i)(sentence|text)\\tlabel(\\t.*)?");

  private LabelledSentences() {}

  /**
   * A sentence and what it says.
   *
   * @param text the sentence
   * @param label one of the model's labels
   */
  public record Sentence(String text, String label) {}

  /**
   * Reads all of a file.
   *
   * @throws CommandFailedException if it is not such a file, with the line
   */
  public static List<Sentence> read(Path file) throws IOException {
    var sentences = new ArrayList<Sentence>();
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty() || !HEADER.matcher(lines.getFirst()).matches()) {
      throw new CommandFailedException(
          file
              + ": line 1: '"
              + (lines.isEmpty() ? "" : lines.getFirst())
              + "' (expected: the header sentence<TAB>label)");
    }
    for (int i = 1; i < lines.size(); i++) {
      String[] cells = lines.get(i).split("\t", -1);
      if (cells.length < 2 || cells[0].isBlank() || cells[1].isBlank()) {
        throw new CommandFailedException(
            file + ": line " + (i + 1) + ": '" + lines.get(i) + "' (expected: sentence<TAB>label)");
      }
      sentences.add(new Sentence(cells[0], cells[1]));
    }
    if (sentences.isEmpty()) {
      throw new CommandFailedException(
          file + ": no sentences (expected: a header, then sentences)");
    }
    return List.copyOf(sentences);
  }
}
