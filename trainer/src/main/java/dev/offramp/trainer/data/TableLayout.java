package dev.offramp.trainer.data;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The columns of a table with a header, by their names; others count for nothing.
 *
 * @param text the column of texts, or of first sentences
 * @param pair the column of second sentences, if texts come in pairs
 * @param label the column of labels, which may be missing where none are needed
 * @param known the task's labels; empty: any
 * @param unlabelled what stands for a label in rows to leave out, if the task has such
 * @param broken whether rows may be left out that lack a column or a sentence
 */
record TableLayout(
    String text,
    Optional<String> pair,
    String label,
    List<String> known,
    Optional<String> unlabelled,
    boolean broken) {

  static final TableLayout SST2 = single("sentence", "label");
  static final TableLayout MRPC = pairs("#1 String", "#2 String", "Quality", "0", "1");
  static final TableLayout RTE = pairs("sentence1", "sentence2", "label");
  static final TableLayout QNLI = pairs("question", "sentence", "label");
  static final TableLayout QQP =
      new TableLayout(
          "question1",
          Optional.of("question2"),
          "is_duplicate",
          List.of("0", "1"),
          Optional.empty(),
          true);
  static final TableLayout MNLI =
      new TableLayout(
          "sentence1",
          Optional.of("sentence2"),
          "gold_label",
          List.of("contradiction", "entailment", "neutral"),
          Optional.of("-"),
          false);

  TableLayout {
    known = List.copyOf(known);
  }

  private static TableLayout single(String text, String label) {
    return new TableLayout(text, Optional.empty(), label, List.of(), Optional.empty(), false);
  }

  private static TableLayout pairs(String text, String pair, String label, String... known) {
    return new TableLayout(text, Optional.of(pair), label, List.of(known), Optional.empty(), false);
  }

  /** A header's columns, as names compare. */
  static List<String> columns(String header) {
    return Arrays.stream(header.split("\t", -1)).map(TableLayout::name).toList();
  }

  static String name(String column) {
    return column.strip().toLowerCase(Locale.ROOT);
  }

  /** Whether a header has the columns of texts. */
  boolean fits(List<String> columns) {
    return columns.contains(name(text)) && (pair.isEmpty() || columns.contains(name(pair.get())));
  }

  /** The columns in words. */
  String words() {
    return String.join(
        ", ",
        Stream.of(Optional.of(text), pair, Optional.of(label)).flatMap(Optional::stream).toList());
  }
}
