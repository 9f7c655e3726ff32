package dev.offramp.trainer.study;

import dev.offramp.model.io.AtomicFiles;
import dev.offramp.trainer.RecordedTraces;
import dev.offramp.trainer.SettingsDifference;
import dev.offramp.trainer.TraceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/*
 * Traces, and not a curve: what is compared can be chosen anew, by another rule or metric, without
 * training again.
 */

/**
 * What is kept of finished runs in a study's directory: {@code cells/ID.json}, how it was trained,
 * and {@code cells/ID.traces}, what its model made of the dev texts.
 */
final class CellFiles {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path directory;

  CellFiles(Path directory) {
    this.directory = directory;
  }

  /**
   * How a run was trained.
   *
   * @param settings what it was trained with: a run of other settings does not count
   * @param trainSeconds how long it trained, since it was last started
   * @param warnings what training advised
   */
  record Trained(String settings, double trainSeconds, List<String> warnings) {}

  /**
   * Keeps a run. From then on it is done.
   *
   * <p>A run counts from its JSON on, so the traces are written first.
   */
  void keep(StudyPlan.Cell cell, Trained trained, RecordedTraces traces) throws IOException {
    TraceFile.write(traces(cell), traces);
    AtomicFiles.write(json(cell), JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(trained));
  }

  /**
   * How a run that is done was trained; nothing if it is not done.
   *
   * @param settings what it is to be trained with
   * @throws IllegalArgumentException if the run was another, or its files are damaged
   */
  Optional<Trained> find(StudyPlan.Cell cell, String settings) throws IOException {
    Path file = json(cell);
    if (Files.notExists(file)) {
      return Optional.empty();
    }
    Trained trained;
    try {
      JsonNode json = JSON.readTree(Files.readAllBytes(file));
      if (json.has("curve") || !json.path("settings").isString()) {
        throw new IllegalArgumentException(
            "%s: is of an earlier Offramp, whose studies kept no traces (expected: none, or one of this"
                    .formatted(file)
                + " version; delete it to do the run again, or use another directory)");
      }
      trained = JSON.treeToValue(json, Trained.class);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s: no result of a study (delete it to do the run again): %s"
              .formatted(file, e.getOriginalMessage()),
          e);
    }
    if (!settings.equals(trained.settings())) {
      throw new IllegalArgumentException(
          "%s: is of a run with other settings or data: %s. Use those to go on with it, another --out, or delete it."
              .formatted(file, SettingsDifference.of(trained.settings(), settings)));
    }
    if (Files.notExists(traces(cell))) {
      throw new IllegalArgumentException(
          "%s: missing (expected: beside %s; delete that to do the run again)"
              .formatted(traces(cell), file.getFileName()));
    }
    return Optional.of(trained);
  }

  /** What the model of a run that is done made of the dev texts. */
  RecordedTraces readTraces(StudyPlan.Cell cell) {
    return TraceFile.read(traces(cell));
  }

  private Path json(StudyPlan.Cell cell) {
    return directory.resolve(cell.id() + ".json");
  }

  private Path traces(StudyPlan.Cell cell) {
    return directory.resolve(cell.id() + ".traces");
  }
}
