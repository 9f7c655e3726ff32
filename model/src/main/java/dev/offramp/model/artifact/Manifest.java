package dev.offramp.model.artifact;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.io.Json;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.tier.Tiers;
import dev.offramp.model.tier.TiersJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What an artifact says of itself.
 *
 * @param name the model's name, which requests use
 * @param version the content's name, see {@code Checkpoint.version}
 * @param config the model's shape
 * @param tiers the tiers it can be asked for
 * @param targets what it holds kernels for, at least one
 */
public record Manifest(
    String name, String version, ModelConfig config, Tiers tiers, List<TargetEntry> targets) {
  /** The file that holds the manifest. */
  public static final String FILE = "manifest.json";

  /** The kernels' calling convention and the layout that this version reads and writes. */
  public static final int FORMAT = 2;

  /** Checks that there is a target, and that the tiers fit the model. */
  public Manifest {
    if (name.isBlank() || version.isBlank()) {
      throw new IllegalArgumentException(
          "name: '" + name + "', version: '" + version + "' (expected: neither empty)");
    }
    targets = List.copyOf(targets);
    if (targets.isEmpty()) {
      throw new IllegalArgumentException("targets: none (expected: at least one)");
    }
    List<String> ids = targets.stream().map(TargetEntry::id).toList();
    if (ids.stream().distinct().count() != ids.size()) {
      throw new IllegalArgumentException("targets: " + ids + " (expected: distinct ids)");
    }
    tiers.tiers().forEach(tier -> tier.rule().requireFits(config.classes()));
  }

  /** Reads the manifest of the artifact at {@code directory}; see {@link Artifact#open}. */
  static Manifest read(Path directory) {
    Path file = directory.resolve(FILE);
    JsonNode json = Json.readTree(file);
    JsonNode format = json.path("format");
    if (!format.isInt() || format.asInt() != FORMAT) {
      throw new ModelFormatException(
          file,
          "format: "
              + (format.isMissingNode() ? "missing" : format)
              + " (expected: "
              + FORMAT
              + "). Compile the checkpoint again with this version.");
    }
    try {
      return new Manifest(
          text(json, "name"),
          text(json, "version"),
          config(json),
          TiersJson.from(json.path("tiers")),
          List.of(Json.convert(json.path("targets"), TargetEntry[].class)));
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, "is not a manifest: " + e.getMessage(), e);
    }
  }

  private static ModelConfig config(JsonNode json) {
    ModelConfig config = Json.convert(json.path("config"), EncoderShape.class).config();
    JsonNode albert = json.path("albert");
    return albert.isMissingNode()
        ? config
        : config.asAlbert(Json.convert(albert, AlbertShape.class).embeddingSize());
  }

  private static String text(JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isString()) {
      throw new IllegalArgumentException(
          field + ": " + (value.isMissingNode() ? "missing" : value) + " (expected: a text)");
    }
    return value.asString();
  }

  /** Writes the manifest to {@code directory}. */
  void write(Path directory) throws IOException {
    var json = new LinkedHashMap<String, Object>();
    json.put("format", FORMAT);
    json.put("name", name);
    json.put("version", version);
    json.put("config", EncoderShape.of(config));
    if (config.sharedLayers()) {
      json.put("albert", new AlbertShape(config.embeddingSize()));
    }
    json.put("tiers", TiersJson.to(tiers));
    json.put("targets", targets);
    Json.write(directory.resolve(FILE), json);
  }
}
