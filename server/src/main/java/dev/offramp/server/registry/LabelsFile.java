package dev.offramp.server.registry;

import dev.offramp.model.io.Json;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.server.refusal.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The labels that a watched directory asks for: a JSON object that maps names of models to labels
 * to versions. For each model in it, it is the whole truth; other models' labels are left alone.
 *
 * <p>Threading: one thread.
 */
final class LabelsFile {

  static final String NAME = "labels.json";

  private static final Logger log = LogManager.getLogger(LabelsFile.class);

  private final Path file;
  private Map<String, Map<String, String>> applied = Map.of();
  private @Nullable String told;

  LabelsFile(Path directory) {
    this.file = directory.resolve(NAME);
  }

  /**
   * Applies the file if it asks for something else than last time. What cannot be, such as a
   * version that is not served yet, is told once and tried at every call.
   *
   * @return whether what it asks for is so
   */
  boolean apply(ModelRegistry registry) {
    try {
      Map<String, Map<String, String>> wanted = Files.exists(file) ? read() : Map.of();
      if (!wanted.equals(applied)) {
        registry.labelAll(wanted);
        applied = wanted;
      }
      told = null;
      return true;
    } catch (ModelFormatException | Refusal e) {
      String message = String.valueOf(e.getMessage());
      if (!message.equals(told)) {
        log.warn("{}: not applied, all labels stay (it is tried again): {}", file, message);
      }
      told = message;
      return false;
    }
  }

  private Map<String, Map<String, String>> read() {
    JsonNode json = Json.readTree(file);
    var models = new TreeMap<String, Map<String, String>>();
    for (var model : requireObject(json).properties()) {
      var labels = new TreeMap<String, String>();
      for (var label : requireObject(model.getValue()).properties()) {
        if (!label.getValue().isString()) {
          throw bad(label.getValue());
        }
        labels.put(label.getKey(), label.getValue().asString());
      }
      models.put(model.getKey(), labels);
    }
    return models;
  }

  private JsonNode requireObject(JsonNode json) {
    if (!json.isObject()) {
      throw bad(json);
    }
    return json;
  }

  private ModelFormatException bad(JsonNode json) {
    return new ModelFormatException(
        file, json + " (expected: {\"<model>\": {\"<label>\": \"<version>\"}})");
  }
}
