package dev.offramp.trainer;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.trainer.data.DataFormat;
import dev.offramp.trainer.data.DataFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * A run's texts: read, split, tokenized, and labelled with numbers.
 *
 * @param config the model's shape and labels
 * @param tokenizer a directory that holds the tokenizer's files
 * @param training what to learn from
 * @param dev what to measure on, if anything
 * @param cut how many of those to learn from are cut to the model's length
 * @param heldOut how many texts were set aside
 * @param heldOutFile where those lie, if there are any
 * @param wordDropout how tokens are hidden
 * @param start the checkpoint to start from, if any
 * @param fingerprint what must be the same for a saved state to be of use
 * @param sha256 the digest of the file to learn from
 */
record TrainingTexts(
    ModelConfig config,
    Path tokenizer,
    List<Example> training,
    Optional<List<Example>> dev,
    int cut,
    int heldOut,
    int leftWithThem,
    Optional<Path> heldOutFile,
    WordDropout wordDropout,
    Optional<Checkpoint> start,
    String fingerprint,
    String sha256) {

  /** The file of the texts set aside, in the run's own directory. */
  static final String HELD_OUT_FILE = "holdout.jsonl";

  /* The files' dialect is indented, and these are lines. */
  private static final JsonMapper JSON = JsonMapper.shared();

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
    DataFormat format = settings.data().format();
    LabelledFile train = LabelledFile.read(settings.data().train(), format);
    List<String> labels = train.labels();
    if (labels.size() < 2) {
      throw new DataFormatException(
          train.path(),
          "every label is '%s' (expected: at least 2 classes)".formatted(labels.getFirst()));
    }
    PlausibleLabels.require(train);
    Optional<LabelledFile> dev = settings.data().dev().map(file -> LabelledFile.read(file, format));
    dev.ifPresent(file -> file.requireLabels(labels, "the training file's"));
    Holdout split = Holdout.split(train.rows(), settings.data().holdout(), settings.seed());
    requireEveryClass(split, labels, train.path());
    String startSha256 = settings.network().from().map(TrainingTexts::digest).orElse("");
    String fingerprint = fingerprint(settings, train.sha256(), startSha256, split.heldOut().size());
    RunDirectory.requireOwn(directory, fingerprint);
    Optional<Path> heldOutFile = Optional.empty();
    if (!split.heldOut().isEmpty()) {
      heldOutFile = Optional.of(directory.resolve(HELD_OUT_FILE));
      write(heldOutFile.get(), jsonLines(split.heldOut()));
    }
    Optional<Checkpoint> start =
        settings.network().from().map(from -> relabelled(Checkpoint.readPartial(from), labels));
    Path vocabulary =
        settings
            .network()
            .from()
            .orElseGet(() ->
                learnVocabulary(
                    settings.network(),
                    split.training().stream()
                        .flatMap(row -> Stream.concat(Stream.of(row.text()), row.pair().stream()))
                        .toList(),
                    directory));
    ModelConfig config =
        start
            .map(Checkpoint::config)
            .orElseGet(() -> config(settings.network(), vocabulary, labels));
    int longest = Math.min(settings.network().maxLength(), config.maxPositions());
    try (Tokenizer tokenizer = Tokenizer.load(vocabulary, longest);
        Tokenizer whole = Tokenizer.load(vocabulary, Integer.MAX_VALUE)) {
      return new TrainingTexts(
          config,
          vocabulary,
          examples(split.training(), tokenizer, config, train.path()),
          dev.map(file -> examples(file.rows(), tokenizer, config, file.path())),
          longerThan(longest, split.training(), new RowEncoder(train.path(), whole, config)),
          split.heldOut().size(),
          train.rows().size() - split.training().size() - split.heldOut().size(),
          heldOutFile,
          WordDropout.of(tokenizer, settings.regularization().wordDropout()),
          start,
          fingerprint,
          train.sha256());
    }
  }

  private static String fingerprint(
      TrainerSettings settings, String trainSha256, String startSha256, int heldOut) {
    String start = startSha256.isEmpty() ? "" : "; start " + startSha256;
    return String.join(
        "; ",
        Trainer.scheme(settings.objective()),
        "train " + trainSha256 + as(settings.data().format()) + start,
        "holdout " + heldOut,
        settings.network().words(),
        settings.schedule().toString(),
        settings.regularization().toString(),
        settings.objective().toString(),
        settings.cosee().toString(),
        settings.distillation().toString(),
        "seed " + settings.seed(),
        "threads " + settings.threads());
  }

  /** What a checkpoint holds, which may change under its name. */
  static String digest(Path checkpoint) {
    try {
      return Checkpoint.sha256(checkpoint);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the checkpoint " + checkpoint, e);
    }
  }

  private static String as(DataFormat format) {
    return format == DataFormat.AUTO ? "" : " as " + format;
  }

  /** Learns a vocabulary and writes it into {@code directory}, which it gives back. */
  static Path learnVocabulary(TrainerSettings.Network network, List<String> texts, Path directory) {
    List<String> pieces = WordPieceVocabulary.learn(texts, network.vocabulary(), MIN_FREQUENCY);
    write(directory.resolve(Tokenizer.VOCABULARY), String.join("\n", pieces) + "\n");
    return directory;
  }

  /** The shape of a model that starts from nothing. */
  static ModelConfig config(TrainerSettings.Network network, Path vocabulary, List<String> labels) {
    int pieces;
    try (var lines = Files.lines(vocabulary.resolve(Tokenizer.VOCABULARY))) {
      pieces = Math.toIntExact(lines.count());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the vocabulary in " + vocabulary, e);
    }
    var bert =
        new ModelConfig(
            network.layers(),
            network.hidden(),
            network.heads(),
            network.intermediate(),
            pieces,
            network.maxLength(),
            TOKEN_TYPES,
            LAYER_NORM_EPSILON,
            labels);
    return network.embedding().map(bert::asAlbert).orElse(bert);
  }

  /** A checkpoint with other classes; classifiers that do not fit them are left behind. */
  private static Checkpoint relabelled(Checkpoint checkpoint, List<String> labels) {
    ModelConfig old = checkpoint.config();
    ModelConfig config = old.withClasses(labels);
    var tensors = new LinkedHashMap<>(checkpoint.tensors());
    if (!old.labels().equals(labels)) {
      tensors.keySet().removeIf(name -> name.contains("classifier."));
    }
    return new Checkpoint(config, tensors);
  }

  private static List<Example> examples(
      List<LabelledText> rows, Tokenizer tokenizer, ModelConfig config, Path file) {
    List<String> labels = config.labels();
    Map<String, Integer> index =
        labels.stream().collect(Collectors.toMap(label -> label, labels::indexOf));
    var encoder = new RowEncoder(file, tokenizer, config);
    return rows.stream()
        .map(row ->
            new Example(
                encoder.encode(row.text(), row.pair(), row.line()),
                Objects.requireNonNull(index.get(row.label()))))
        .toList();
  }

  private static int longerThan(int tokens, List<LabelledText> rows, RowEncoder whole) {
    return Math.toIntExact(
        rows.stream()
            .filter(row -> whole.encode(row.text(), row.pair(), row.line()).length() > tokens)
            .count());
  }

  /* Setting aside may leave a small class without a text. */
  private static void requireEveryClass(Holdout split, List<String> labels, Path file) {
    Set<String> learned =
        split.training().stream().map(LabelledText::label).collect(Collectors.toSet());
    for (String label : labels) {
      if (!learned.contains(label)) {
        throw new DataFormatException(
            file,
            "no text of class '%s' is left to learn from, all are held out (expected: at least one;"
                    .formatted(label)
                + " hold out fewer, use another seed, or add texts)");
      }
    }
  }

  /* A format that holds any text: one from JSON Lines may hold tabs and line feeds. */
  private static String jsonLines(List<LabelledText> rows) {
    return rows.stream().map(row -> line(row) + "\n").collect(Collectors.joining());
  }

  private static String line(LabelledText row) {
    var fields = new LinkedHashMap<String, String>();
    fields.put("text", row.text());
    row.pair().ifPresent(pair -> fields.put("pair", pair));
    fields.put("label", row.label());
    return JSON.writeValueAsString(fields);
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
