package dev.offramp.model.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What the demo and every report of accuracy rely on: the sentences are many, even and distinct.
 */
final class LabelledSentencesTest {
  private static final Path FILE = Path.of("..", "models", "sentences.tsv");

  @Test
  void sentences_file_isEvenAndDistinct() throws IOException {
    List<String> lines = Files.readAllLines(FILE);
    List<List<String>> rows =
        lines.stream().skip(1).map(line -> List.of(line.split("\t", -1))).toList();

    assertThat(lines.getFirst()).isEqualTo("sentence\tlabel\tdifficulty");
    assertThat(rows).hasSizeGreaterThanOrEqualTo(240).allMatch(row -> row.size() == 3);
    var count =
        rows.stream()
            .collect(
                Collectors.groupingBy(row -> row.get(2) + " " + row.get(1), Collectors.counting()));
    assertThat(count.keySet())
        .containsExactlyInAnyOrder(
            "easy positive",
            "easy negative",
            "medium positive",
            "medium negative",
            "hard positive",
            "hard negative");
    assertThat(count.values()).containsOnly(rows.size() / 6L);
    assertThat(rows.stream().map(row -> letters(row.getFirst()))).doesNotHaveDuplicates();
    assertThat(rows).allMatch(row -> words(row) >= 3 && words(row) <= 40);
  }

  private static String letters(String sentence) {
    return sentence.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  private static int words(List<String> row) {
    return row.getFirst().split(" ").length;
  }
}
