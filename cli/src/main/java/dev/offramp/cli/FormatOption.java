package dev.offramp.cli;

import dev.offramp.trainer.data.DataFormat;
import picocli.CommandLine.Option;

/** The option {@code --format} of every command that reads files of texts. */
final class FormatOption {
  @Option(
      names = "--format",
      defaultValue = "auto",
      paramLabel = "LAYOUT",
      description =
          "The layout of the files of texts: ${COMPLETION-CANDIDATES}. auto knows GLUE's tables by"
              + " their headers, CoLA by its columns, JSON Lines by their look; tsv is"
              + " text<TAB>label.")
  private DataFormat format = DataFormat.AUTO;

  DataFormat format() {
    return format;
  }

  boolean given() {
    return format != DataFormat.AUTO;
  }
}
