package dev.offramp.cli;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import dev.offramp.model.io.Json;
import dev.offramp.v1.AnalyzeExperimentResponse;
import dev.offramp.v1.Experiment;
import dev.offramp.v1.GetExperimentResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * A YAML file of experiments: a list {@code experiments} of messages {@code offramp.v1.Experiment},
 * as Protocol Buffers write them in JSON, but for durations, {@code 1h} or {@code 90s}.
 */
final class ExperimentFile {

  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private static final String LIST = "experiments";

  /**
   * Reads all definitions of a file.
   *
   * @throws CommandFailedException if it is none of that; the message says where
   */
  static List<Experiment> read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new CommandFailedException(file + ": is a directory (expected: a YAML file)");
    }
    JsonNode tree;
    try {
      tree = YAML.readTree(Files.readString(file));
    } catch (JacksonException e) {
      throw new CommandFailedException(file + ": is not YAML: " + Json.problem(e));
    }
    if (!tree.path(LIST).isArray() || tree.size() != 1) {
      throw new CommandFailedException(
          file + ": has no list " + LIST + " (expected: that alone, one entry an experiment)");
    }
    var experiments = new ArrayList<Experiment>();
    for (JsonNode entry : tree.path(LIST)) {
      var experiment = Experiment.newBuilder();
      String place = "%s: %s[%d]: ".formatted(file, LIST, experiments.size());
      try {
        if (entry instanceof ObjectNode fields) {
          DurationFields.rewrite(fields, Experiment.getDescriptor());
        }
        JsonFormat.parser().merge(Json.mapper().writeValueAsString(entry), experiment);
      } catch (InvalidProtocolBufferException e) {
        throw new CommandFailedException(
            place + e.getMessage() + " (expected: an offramp.v1.Experiment)");
      } catch (IllegalArgumentException e) {
        throw new CommandFailedException(place + e.getMessage());
      }
      if (experiments.stream().anyMatch(one -> one.getName().equals(experiment.getName()))) {
        throw new CommandFailedException(
            place
                + "name: '%s' (expected: one that no other entry has)"
                    .formatted(experiment.getName()));
      }
      experiments.add(experiment.build());
    }
    return List.copyOf(experiments);
  }

  /** A message as JSON. */
  static JsonNode json(MessageOrBuilder message) {
    try {
      return Json.mapper().readTree(JsonFormat.printer().print(message));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e); // Only of messages within Any.
    }
  }

  /** Counts, and what they say under {@code analysis}. */
  static JsonNode json(GetExperimentResponse counts, AnalyzeExperimentResponse analysis) {
    var json = (ObjectNode) json(counts);
    var said = (ObjectNode) json(analysis);
    said.remove("status"); // It is there.
    json.set("analysis", said);
    return json;
  }

  /** What differs, a line each: {@code coverage: 0.1 -> 0.5}. */
  static List<String> differences(Experiment before, Experiment after) {
    SortedMap<String, String> was = flat(before);
    SortedMap<String, String> is = flat(after);
    var paths = new TreeMap<>(was);
    paths.putAll(is);
    return paths.keySet().stream()
        .filter(path -> !was.getOrDefault(path, "").equals(is.getOrDefault(path, "")))
        .map(path ->
            "%s: %s -> %s"
                .formatted(path, was.getOrDefault(path, "none"), is.getOrDefault(path, "none")))
        .toList();
  }

  private static SortedMap<String, String> flat(Experiment experiment) {
    var values = new TreeMap<String, String>();
    flatten("", json(experiment), values);
    return values;
  }

  private static void flatten(String path, JsonNode node, SortedMap<String, String> values) {
    if (node.isObject()) {
      node.properties()
          .forEach(property ->
              flatten(
                  path.isEmpty() ? property.getKey() : path + "." + property.getKey(),
                  property.getValue(),
                  values));
    } else if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        flatten(path + "[" + i + "]", node.path(i), values);
      }
    } else {
      values.put(path, node.asString());
    }
  }

  private ExperimentFile() {}
}
