package dev.offramp.trainer.data;

import java.util.Arrays;
import java.util.Locale;

/** The layout of a file of texts. */
public enum DataFormat {
  /** Recognized by the header's column names, see {@link Recognition}. */
  AUTO,
  /**
   * {@code text<TAB>label}, with or without a header; where no labels are needed also one text a
   * line.
   */
  TSV,
  /** {@code sentence}, {@code label}. */
  SST2,
  /** {@code Quality}, {@code #1 ID}, {@code #2 ID}, {@code #1 String}, {@code #2 String}. */
  MRPC,
  /** {@code index}, {@code sentence1}, {@code sentence2}, {@code label}. */
  RTE,
  /** {@code index}, {@code question}, {@code sentence}, {@code label}. */
  QNLI,
  /**
   * {@code id}, {@code qid1}, {@code qid2}, {@code question1}, {@code question2}, {@code
   * is_duplicate}.
   */
  QQP,
  /** Among others {@code sentence1}, {@code sentence2} and, last, {@code gold_label}. */
  MNLI,
  /** Source, label, mark, sentence, without a header. */
  COLA,
  /** JSON Lines. */
  JSONL;

  /** The reader of this layout, not of {@link #AUTO}. */
  RowReader reader() {
    return switch (this) {
      case AUTO -> throw new IllegalStateException("auto has to be recognized first");
      case TSV -> new PlainRows();
      case SST2 -> new HeaderTable(TableLayout.SST2);
      case MRPC -> new HeaderTable(TableLayout.MRPC);
      case RTE -> new HeaderTable(TableLayout.RTE);
      case QNLI -> new HeaderTable(TableLayout.QNLI);
      case QQP -> new HeaderTable(TableLayout.QQP);
      case MNLI -> new HeaderTable(TableLayout.MNLI);
      case COLA -> new ColaRows(new HeaderTable(TableLayout.SST2));
      case JSONL -> new JsonLines();
    };
  }

  /** The layout called {@code id}, in any case. */
  public static DataFormat ofId(String id) {
    return Arrays.stream(values())
        .filter(format -> format.toString().equalsIgnoreCase(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "format: '%s' (expected: one of %s)".formatted(id, Arrays.toString(values()))));
  }

  /** The name in options: {@code auto}, {@code tsv}, {@code sst2}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
