package dev.offramp.trainer;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A run's texts: read, split, tokenized, and labelled with numbers.
 *
 * @param config the model's shape and labels
 * @param tokenizer a directory that holds the tokenizer's files
 * @param training what to learn from
 * @param dev what to measure on, if anything
 * @param heldOut how many texts were set aside
 * @param heldOutFile where those lie, if there are any
 * @param wordDropout how tokens are hidden
 * @param start the checkpoint to start from, if any
 * @param trainSha256 the digest of the training file
 */
record TrainingTexts(
    ModelConfig config,
    Path tokenizer,
    List<Example> training,
    Optional<List<Example>> dev,
    int heldOut,
    Optional<Path> heldOutFile,
    WordDropout wordDropout,
    Optional<Checkpoint> start,
    String trainSha256) {

  /** The file of the texts set aside, in the run's own directory. */
  static final String HELD_OUT_FILE = "holdout.tsv";

  /** Pieces that occur once in the texts teach nothing. */
  private static final int MIN_FREQUENCY = 2;

  private static final int TOKEN_TYPES = 2;
  private static final double LAYER_NORM_EPSILON = 1e-12;

  TrainingTexts {
    training = List.copyOf(training);
  }

  /** A text as the model sees it, and its class's index. */
  record Example(EncodedText text, int label) {}

  /** Reads and prepares all that the settings name; {@code directory} is the run's own. */
  static TrainingTexts prepare(TrainerSettings settings, Path directory) {
    LabelledFile train = LabelledFile.read(settings.data().train());
    List<String> labels = train.labels();
    if (labels.size() < 2) {
      throw new DataFormatException(
          train.path(),
          "every label is '%s' (expected: at least 2 classes)".formatted(labels.getFirst()));
    }
    Holdout split = Holdout.split(train.rows(), settings.data().holdout(), settings.seed());
    Optional<Path> heldOutFile = Optional.empty();
    if (!split.heldOut().isEmpty()) {
      heldOutFile = Optional.of(directory.resolve(HELD_OUT_FILE));
      write(heldOutFile.get(), tsv(split.heldOut()));
    }
    Optional<Checkpoint> start =
        settings.network().from().map(from -> relabelled(Checkpoint.readPartial(from), labels));
    Path vocabulary =
        settings.network().from().orElseGet(() -> learnVocabulary(settings, split, directory));
    ModelConfig config =
        start
            .map(Checkpoint::config)
            .orElseGet(() -> config(settings.network(), vocabulary, labels));
    int longest = Math.min(settings.network().maxLength(), config.maxPositions());
    try (Tokenizer tokenizer = Tokenizer.load(vocabulary, longest)) {
      return new TrainingTexts(
          config,
          vocabulary,
          examples(split.training(), tokenizer, labels, train.path()),
          settings
              .data()
              .dev()
              .map(dev -> examples(LabelledFile.read(dev).rows(), tokenizer, labels, dev)),
          split.heldOut().size(),
          heldOutFile,
          WordDropout.of(tokenizer, settings.regularization().wordDropout()),
          start,
          train.sha256());
    }
  }

  /** What must be the same for a saved state to be of use. */
  String fingerprint(TrainerSettings settings) {
    return String.join(
        "; ",
        "train " + trainSha256,
        "holdout " + heldOut,
        settings.network().toString(),
        settings.schedule().toString(),
        settings.regularization().toString(),
        settings.objective().toString(),
        settings.cosee().toString(),
        settings.distillation().toString(),
        "seed " + settings.seed(),
        "threads " + settings.threads());
  }

  private static Path learnVocabulary(TrainerSettings settings, Holdout split, Path directory) {
    List<String> pieces =
        WordPieceVocabulary.learn(
            split.training().stream().map(LabelledText::text).toList(),
            settings.network().vocabulary(),
            MIN_FREQUENCY);
    write(directory.resolve(Tokenizer.VOCABULARY), String.join("\n", pieces) + "\n");
    return directory;
  }

  private static ModelConfig config(
      TrainerSettings.Network network, Path vocabulary, List<String> labels) {
    int pieces;
    try (var lines = Files.lines(vocabulary.resolve(Tokenizer.VOCABULARY))) {
      pieces = Math.toIntExact(lines.count());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the vocabulary in " + vocabulary, e);
    }
    return new ModelConfig(
        network.layers(),
        network.hidden(),
        network.heads(),
        network.intermediate(),
        pieces,
        network.maxLength(),
        TOKEN_TYPES,
        LAYER_NORM_EPSILON,
        labels);
  }

  /** A checkpoint with other classes; classifiers that do not fit them are left behind. */
  private static Checkpoint relabelled(Checkpoint checkpoint, List<String> labels) {
    ModelConfig old = checkpoint.config();
    var config =
        new ModelConfig(
            old.layers(),
            old.hiddenSize(),
            old.heads(),
            old.intermediateSize(),
            old.vocabSize(),
            old.maxPositions(),
            old.typeVocabSize(),
            old.layerNormEpsilon(),
            labels);
    var tensors = new LinkedHashMap<>(checkpoint.tensors());
    if (!old.labels().equals(labels)) {
      tensors.keySet().removeIf(name -> name.contains("classifier."));
    }
    return new Checkpoint(config, tensors);
  }

  private static List<Example> examples(
      List<LabelledText> rows, Tokenizer tokenizer, List<String> labels, Path file) {
    Map<String, Integer> index =
        labels.stream().collect(Collectors.toMap(label -> label, labels::indexOf));
    return rows.stream()
        .map(row -> {
          Integer label = index.get(row.label());
          if (label == null) {
            throw new DataFormatException(
                file,
                "label '%s' of \"%s\" (expected: one of the training file's, %s)"
                    .formatted(row.label(), row.text(), labels));
          }
          return new Example(tokenizer.encode(row.text(), null, true), label);
        })
        .toList();
  }

  private static String tsv(List<LabelledText> rows) {
    return rows.stream()
        .map(row -> row.text() + "\t" + row.label() + "\n")
        .collect(Collectors.joining("", "text\tlabel\n", ""));
  }

  private static void write(Path file, String content) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      AtomicFiles.write(file, content.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
