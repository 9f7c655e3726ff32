package dev.offramp.model.checkpoint;

import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.io.Sha256Sums;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.model.tier.Tiers;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/**
 * Trained weights: a Hugging Face style directory of {@code config.json}, {@code
 * model.safetensors}, a vocabulary, what it was {@linkplain TrainedBy trained by}, and {@code
 * tiers.json} once calibrated.
 *
 * <p>What imports: checkpoints that Offramp wrote, the reference COSEE names, and plain BERT names
 * with or without the {@code bert.} prefix; a RoBERTa becomes a BERT, an ALBERT stays one. Such a
 * plain encoder lacks exits; {@link #missing} says so, and a trainer starts from it.
 *
 * @param config the model's shape
 * @param tensors float32 tensors under the names of {@link TensorNames}, only those the shape asks
 *     for
 */
public record Checkpoint(ModelConfig config, SequencedMap<String, Tensor> tensors) {
  /** The file that holds the weights. */
  public static final String WEIGHTS_FILE = "model.safetensors";

  private static final int VERSION_DIGITS = 12;

  /** Checks the shapes of the tensors that are there. */
  public Checkpoint {
    var known = new LinkedHashMap<String, Tensor>();
    for (var expected : TensorNames.shapes(config).entrySet()) {
      Tensor tensor = tensors.get(expected.getKey());
      if (tensor == null) {
        continue;
      }
      if (!tensor.shape().equals(expected.getValue())) {
        throw new IllegalArgumentException(
            "tensor '"
                + expected.getKey()
                + "' has shape "
                + tensor.shape()
                + " (expected: "
                + expected.getValue()
                + " by "
                + ModelConfig.FILE
                + ")");
      }
      known.put(expected.getKey(), tensor);
    }
    tensors = Collections.unmodifiableSequencedMap(known);
  }

  /** The tensors that the shape asks for and that are not there, by name. */
  public List<String> missing() {
    var missing = new ArrayList<>(TensorNames.shapes(config).keySet());
    missing.removeAll(tensors.keySet());
    return missing;
  }

  /**
   * The tensor called {@code name}.
   *
   * @throws IllegalArgumentException if it is missing
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("tensor '" + name + "' is missing from the checkpoint");
    }
    return tensor;
  }

  /**
   * Reads a checkpoint that can be served: every tensor is there.
   *
   * @throws ModelFormatException if a file is missing, damaged, or does not fit the config
   */
  public static Checkpoint read(Path directory) {
    Checkpoint checkpoint = readPartial(directory);
    List<String> missing = checkpoint.missing();
    if (!missing.isEmpty()) {
      throw new ModelFormatException(
          directory.resolve(WEIGHTS_FILE),
          "lacks "
              + missing.size()
              + " tensors, '"
              + missing.getFirst()
              + "' first. A BERT without exits can start a training run, not be served.");
    }
    return checkpoint;
  }

  /**
   * Reads a checkpoint that may lack exits and the pooler, as a starting point for training.
   *
   * @throws ModelFormatException if a file is missing, damaged, or does not fit the config
   */
  public static Checkpoint readPartial(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new ModelFormatException(
          directory,
          (Files.exists(directory) ? "is a file" : "no such directory")
              + " (expected: a checkpoint's directory)");
    }
    if (!Files.exists(directory.resolve(ModelConfig.FILE))
        && Files.exists(directory.resolve("manifest.json"))) {
      throw new ModelFormatException(
          directory, "is an artifact (expected: the checkpoint that it was compiled from)");
    }
    if (Files.exists(directory.resolve(Sha256Sums.FILE))) {
      Sha256Sums sums = Sha256Sums.read(directory);
      sums.verify(directory);
      sums.requireAll(directory, files(directory));
    }
    ConfigFile source = ConfigFile.read(directory);
    ModelConfig config = source.config();
    if (Tokenizer.isIn(directory)) {
      config.requireFitsTokenizer(directory);
    }
    Path weights = directory.resolve(WEIGHTS_FILE);
    var expected = TensorNames.shapes(config);
    var tensors = new LinkedHashMap<String, Tensor>();
    try (SafetensorsFile file = SafetensorsFile.open(weights)) {
      for (var named : source.backbone().canonical(file.names()).entrySet()) {
        String name = named.getKey();
        PlausibleTensors.requireKnownLayer(name, named.getValue(), config);
        if (expected.containsKey(named.getValue())) {
          Tensor tensor = finite(file.tensor(name), name);
          if (tensors.put(named.getValue(), tensor) != null) {
            throw new IllegalArgumentException(
                "tensor '" + name + "' is there under another name too (expected: once)");
          }
        }
      }
      tensors.computeIfPresent(
          TensorNames.POSITION_EMBEDDINGS,
          (name, table) -> table.withoutRows(Math.min(source.firstPosition(), rows(table))));
      var checkpoint = new Checkpoint(config, tensors);
      PlausibleTensors.requireBackbone(checkpoint.missing(), file.names());
      return checkpoint;
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(weights, String.valueOf(e.getMessage()), e);
    }
  }

  /** Writes a checkpoint that says nothing of its training; else as the other. */
  public void write(Path directory, Path tokenizerSource) throws IOException {
    write(directory, tokenizerSource, Optional.empty());
  }

  /**
   * Writes this checkpoint with the tokenizer's files of {@code tokenizerSource}, and checksums of
   * all. An existing checkpoint there is replaced whole, and on failure stays as it was; its tiers
   * stay if it is the same model.
   *
   * @param directory the checkpoint to make or replace
   * @param tokenizerSource a directory that holds the tokenizer's files
   * @param trainedBy what it was trained by, if that is known
   * @throws IOException if it cannot be written, or something that is no checkpoint lies there
   */
  public void write(Path directory, Path tokenizerSource, Optional<TrainedBy> trainedBy)
      throws IOException {
    requireReplaceable(directory);
    Path staged = AtomicFiles.sibling(directory);
    Files.createDirectories(staged);
    try {
      config.write(staged);
      var named = new LinkedHashMap<String, Tensor>();
      tensors.forEach((name, tensor) -> named.put(Backbone.of(config).fileName(name), tensor));
      SafetensorsWriter.write(staged.resolve(WEIGHTS_FILE), named, Map.of("format", "pt"));
      var files = new ArrayList<>(List.of(ModelConfig.FILE, WEIGHTS_FILE));
      for (String file : Tokenizer.files(tokenizerSource)) {
        Files.copy(tokenizerSource.resolve(file), staged.resolve(file));
        files.add(file);
      }
      if (trainedBy.isPresent()) {
        trainedBy.get().write(staged);
        files.add(TrainedBy.FILE);
      }
      Sha256Sums.of(staged, files).write(staged);
      keepTiers(directory, staged);
      AtomicFiles.replaceDirectory(staged, directory);
    } finally {
      AtomicFiles.deleteTree(staged);
    }
  }

  /* Training that is repeated ends at the same model: its calibration holds. */
  private static void keepTiers(Path former, Path staged) throws IOException {
    Path tiers = former.resolve(Tiers.FILE);
    if (Files.exists(tiers) && isSame(former, staged)) {
      Files.copy(tiers, staged.resolve(Tiers.FILE));
    }
  }

  private static boolean isSame(Path former, Path staged) {
    try {
      return sha256(former).equals(sha256(staged));
    } catch (IOException | ModelFormatException e) {
      return false; // A damaged one is replaced.
    }
  }

  /**
   * The content's name: the first 12 hexadecimal digits of a SHA-256 over config, weights and
   * tokenizer. Two checkpoints of one version give the same logits for the same text.
   */
  public static String version(Path directory) throws IOException {
    return sha256(directory).substring(0, VERSION_DIGITS);
  }

  /** The whole SHA-256 of which {@link #version} is the start. */
  public static String sha256(Path directory) throws IOException {
    return Sha256Sums.of(directory, files(directory)).digest();
  }

  private static List<String> files(Path directory) {
    var files = new ArrayList<>(List.of(ModelConfig.FILE, WEIGHTS_FILE));
    files.addAll(Tokenizer.files(directory));
    return files;
  }

  private static int rows(Tensor table) {
    return table.shape().isEmpty() ? 0 : table.shape().getFirst();
  }

  /* A training run that diverged leaves such weights; every answer would be the first label. */
  private static Tensor finite(Tensor tensor, String name) {
    float[] values = tensor.values();
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            "tensor '"
                + name
                + "' holds "
                + values[i]
                + " at "
                + i
                + " (expected: finite numbers)");
      }
    }
    return tensor;
  }

  /**
   * Checks that {@link #write} would not take the place of something else: replacing deletes what
   * was there.
   *
   * @throws FileAlreadyExistsException if there is a file, a directory that is neither empty nor a
   *     checkpoint, or a checkpoint's that holds something else too
   */
  public static void requireReplaceable(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    if (Files.exists(directory.resolve(ModelConfig.FILE))) {
      requireNothingElse(directory);
      return;
    }
    if (!Files.isDirectory(directory) || !AtomicFiles.isEmpty(directory)) {
      throw new FileAlreadyExistsException(
          directory.toString(),
          null,
          "exists and is not a checkpoint, so it was left alone (expected: a checkpoint to replace,"
              + " an empty directory, or nothing). Choose another directory.");
    }
  }

  private static void requireNothingElse(Path directory) throws IOException {
    var own = new ArrayList<>(Tokenizer.files(directory));
    own.addAll(
        List.of(ModelConfig.FILE, WEIGHTS_FILE, TrainedBy.FILE, Tiers.FILE, Sha256Sums.FILE));
    try (Stream<Path> entries = Files.list(directory)) {
      Optional<String> other =
          entries
              .map(entry -> String.valueOf(entry.getFileName()))
              .filter(name -> !own.contains(name))
              .sorted()
              .findFirst();
      if (other.isPresent()) {
        throw new FileAlreadyExistsException(
            directory.toString(),
            null,
            "is a checkpoint that holds '%s' too, which would be gone with it (expected: a checkpoint alone, an empty directory, or nothing). Move that away, or choose another directory."
                .formatted(other.get()));
      }
    }
  }
}
