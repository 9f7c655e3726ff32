package dev.offramp.model.checkpoint;

import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.io.Json;
import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/*
 * A file of its own, and not part of a checkpoint's version: two models with the same weights give
 * the same logits, whatever they were trained by.
 */

/**
 * What a checkpoint was trained by, as far as that decides how it is best used: the signal that
 * training calibrated is the one whose thresholds move smoothly.
 *
 * @param objective the objective's name, such as {@code COSEE}; for people
 * @param signal the signal that training weighed and calibrated, or was to be judged by
 * @param temperature the signal's
 * @param textsSha256 the digest of the file that it learned from, in hexadecimal
 */
public record TrainedBy(
    String objective, ExitSignal signal, double temperature, String textsSha256) {
  /** The file in a checkpoint's directory. */
  public static final String FILE = "trained-by.json";

  public TrainedBy {
    ExitSignal.requireTemperature(temperature);
  }

  /**
   * Reads what a checkpoint says of its training; nothing if it says nothing, as those of other
   * programs do.
   *
   * @throws ModelFormatException if the file is there but does not say it
   */
  public static Optional<TrainedBy> read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonNode json = Json.readTree(file);
    try {
      if (!json.path("objective").isString()
          || !json.path("signal").isString()
          || !json.path("temperature").isNumber()
          || !json.path("textsSha256").isString()) {
        throw new IllegalArgumentException(
            json + " (expected: an objective, a signal, a temperature and textsSha256)");
      }
      return Optional.of(
          new TrainedBy(
              json.path("objective").asString(),
              ExitSignal.of(json.path("signal").asString()),
              json.path("temperature").asDouble(),
              json.path("textsSha256").asString()));
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, String.valueOf(e.getMessage()), e);
    }
  }

  void write(Path directory) throws IOException {
    var json = new LinkedHashMap<String, Object>();
    json.put("objective", objective);
    json.put("signal", signal.id());
    json.put("temperature", temperature);
    json.put("textsSha256", textsSha256);
    Json.write(directory.resolve(FILE), json);
  }
}
