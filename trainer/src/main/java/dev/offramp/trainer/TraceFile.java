package dev.offramp.trainer;

import dev.offramp.model.checkpoint.HostTensor;
import dev.offramp.model.checkpoint.SafetensorsFile;
import dev.offramp.model.checkpoint.SafetensorsWriter;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorInfo;
import dev.offramp.model.checkpoint.TrainedBy;
import dev.offramp.model.checkpoint.Words;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.io.Json;
import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/**
 * Recorded traces as a file: a safetensors file, so that every tool that reads those reads it too.
 *
 * <p>Shapes: N texts, M exits, C classes, three signals in the order of {@link ExitSignal} at
 * temperature 1. Tensors: {@code logits} {@code [N, M, C]} and {@code signals} {@code [N, M, 3]} in
 * float32, {@code labels} {@code [N]} in int32 where they are known. The metadata say the format
 * and its version, the class names, the digests of the texts and of the checkpoint, and what that
 * was trained by where it says so.
 *
 * <p>Signals are written for other readers; read back, they must be those of the logits, or the
 * file is damaged.
 *
 * <p>Errors: {@link ModelFormatException} for a file that is none, is damaged, or of another
 * version.
 */
public final class TraceFile {
  private static final String FORMAT = "offramp-traces";
  private static final String VERSION = "1";
  private static final double SIGNAL_TOLERANCE = 1e-6;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private TraceFile() {}

  /** Writes {@code recorded} in one step, replacing a former file. */
  public static void write(Path file, RecordedTraces recorded) throws IOException {
    Evaluation evaluation = recorded.evaluation();
    int texts = evaluation.traces().size();
    int layers = evaluation.layers();
    int classes = evaluation.classes();
    var logits = new float[Math.multiplyExact(texts, layers * classes)];
    var signals = new float[Math.multiplyExact(texts, layers * ExitSignal.values().length)];
    int at = 0;
    for (int n = 0; n < texts; n++) {
      Trace trace = evaluation.traces().get(n);
      for (int depth = 1; depth <= layers; depth++) {
        System.arraycopy(
            trace.logits(depth), 0, logits, (n * layers + depth - 1) * classes, classes);
        for (ExitSignal signal : ExitSignal.values()) {
          signals[at++] = (float) trace.signal(depth, signal, ExitSignal.DEFAULT_TEMPERATURE);
        }
      }
    }
    var tensors = new LinkedHashMap<String, HostTensor>();
    tensors.put("logits", Tensor.of(logits, texts, layers, classes));
    tensors.put("signals", Tensor.of(signals, texts, layers, ExitSignal.values().length));
    evaluation
        .labels()
        .ifPresent(labels ->
            tensors.put(
                "labels", Words.of(labels.stream().mapToInt(label -> label).toArray(), texts)));
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    SafetensorsWriter.write(file, tensors, metadata(recorded));
  }

  private static Map<String, String> metadata(RecordedTraces recorded) {
    var metadata = new LinkedHashMap<String, String>();
    metadata.put("metric", recorded.metric().id());
    metadata.put("format", FORMAT);
    metadata.put("version", VERSION);
    metadata.put("classes", Json.mapper().writeValueAsString(recorded.evaluation().names()));
    metadata.put(
        "signals",
        String.join(",", Arrays.stream(ExitSignal.values()).map(ExitSignal::id).toList()));
    metadata.put("cut", Integer.toString(recorded.evaluation().cut()));
    metadata.put("source", recorded.source());
    metadata.put("textsSha256", recorded.textsSha256());
    metadata.put("checkpointSha256", recorded.checkpointSha256());
    metadata.put("precision", recorded.precision());
    recorded
        .trainedBy()
        .ifPresent(trained -> {
          metadata.put("trainedObjective", trained.objective());
          metadata.put("trainedSignal", trained.signal().id());
          metadata.put("trainedTemperature", Double.toString(trained.temperature()));
          metadata.put("trainedTextsSha256", trained.textsSha256());
        });
    return metadata;
  }

  /** Reads a file of traces. */
  public static RecordedTraces read(Path file) {
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      Map<String, String> metadata = tensors.metadata();
      require(file, "format", metadata, FORMAT);
      require(file, "version", metadata, VERSION);
      List<String> names = names(file, text(file, metadata, "classes"));
      List<Trace> traces = traces(file, tensors, names.size());
      return new RecordedTraces(
          new Evaluation(
              traces.getFirst().layers(),
              names,
              traces,
              labels(file, tensors, traces.size(), names.size()),
              count(file, text(file, metadata, "cut"))),
          text(file, metadata, "source"),
          text(file, metadata, "textsSha256"),
          text(file, metadata, "checkpointSha256"),
          text(file, metadata, "precision"),
          metric(file, text(file, metadata, "metric")),
          trainedBy(file, metadata));
    }
  }

  /* Files of models that say nothing of their training have none of these. */
  private static Optional<TrainedBy> trainedBy(Path file, Map<String, String> metadata) {
    if (!metadata.containsKey("trainedObjective")) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new TrainedBy(
              text(file, metadata, "trainedObjective"),
              ExitSignal.of(text(file, metadata, "trainedSignal")),
              Double.parseDouble(text(file, metadata, "trainedTemperature")),
              text(file, metadata, "trainedTextsSha256")));
    } catch (IllegalArgumentException e) { // NumberFormatException is one.
      throw new ModelFormatException(file, "trained by: " + e.getMessage(), e);
    }
  }

  private static List<Trace> traces(Path file, SafetensorsFile tensors, int classes) {
    Tensor logits = tensors.tensor("logits");
    Tensor signals = tensors.tensor("signals");
    List<Integer> shape = logits.shape();
    int kinds = ExitSignal.values().length;
    if (shape.size() != 3
        || shape.contains(0)
        || shape.get(2) != classes
        || !signals.shape().equals(List.of(shape.get(0), shape.get(1), kinds))) {
      throw new ModelFormatException(
          file,
          "has logits %s and signals %s (expected: [texts, exits, %d] and [texts, exits, %d])"
              .formatted(shape, signals.shape(), classes, kinds));
    }
    int layers = shape.get(1);
    int row = layers * classes;
    var traces = new ArrayList<Trace>();
    int at = 0;
    for (int n = 0; n < shape.get(0); n++) {
      Trace trace =
          Trace.of(layers, classes, Arrays.copyOfRange(logits.values(), n * row, (n + 1) * row));
      for (int depth = 1; depth <= layers; depth++) {
        for (ExitSignal signal : ExitSignal.values()) {
          double value = trace.signal(depth, signal, ExitSignal.DEFAULT_TEMPERATURE);
          if (!(Math.abs(signals.values()[at++] - value) <= SIGNAL_TOLERANCE)) {
            throw new ModelFormatException(
                file,
                "damaged: text %d, exit %d: %s is %s (expected: %s, by its logits)"
                    .formatted(n, depth, signal.id(), signals.values()[at - 1], value));
          }
        }
      }
      traces.add(trace);
    }
    return traces;
  }

  private static Optional<List<Integer>> labels(
      Path file, SafetensorsFile tensors, int texts, int classes) {
    if (!tensors.names().contains("labels")) {
      return Optional.empty();
    }
    TensorInfo info = tensors.info("labels");
    if (info.type() != TensorInfo.ElementType.I32 || info.elements() != texts) {
      throw new ModelFormatException(
          file, "has labels %s%s (expected: I32[%d])".formatted(info.type(), info.shape(), texts));
    }
    var labels = new ArrayList<Integer>();
    for (int n = 0; n < texts; n++) {
      int label = tensors.segment("labels").getAtIndex(INT, n);
      if (label < 0 || label >= classes) {
        throw new ModelFormatException(
            file, "label of text %d: %d (expected: 0 to %d)".formatted(n, label, classes - 1));
      }
      labels.add(label);
    }
    return Optional.of(labels);
  }

  private static List<String> names(Path file, String json) {
    try {
      return List.of(Json.mapper().readValue(json, String[].class));
    } catch (JacksonException e) {
      throw new ModelFormatException(file, "classes: " + json + " (expected: a list of names)", e);
    }
  }

  private static Metric metric(Path file, String id) {
    try {
      return Metric.ofId(id);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, String.valueOf(e.getMessage()), e);
    }
  }

  private static int count(Path file, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new ModelFormatException(file, "cut: '" + text + "' (expected: a number)", e);
    }
  }

  private static void require(
      Path file, String name, Map<String, String> metadata, String expected) {
    String value = metadata.getOrDefault(name, "missing");
    if (!value.equals(expected)) {
      throw new ModelFormatException(
          file,
          "%s: %s (expected: %s; record the traces with this version's evaluate --traces)"
              .formatted(name, value, expected));
    }
  }

  private static String text(Path file, Map<String, String> metadata, String name) {
    String value = metadata.get(name);
    if (value == null) {
      throw new ModelFormatException(
          file,
          name
              + ": missing from its metadata (expected: one; record the traces again, by evaluate --traces)");
    }
    return value;
  }
}
