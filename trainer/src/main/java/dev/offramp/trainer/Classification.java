package dev.offramp.trainer;

import ai.djl.ndarray.NDManager;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Learning to classify texts at every exit. */
final class Classification implements Task {
  private final TrainerSettings settings;
  private final TrainingTexts texts;
  private final Objective objective;
  private final Dropout.Rates dropout;
  private final Encoder encoder;
  private final ParameterLayout layout;

  Classification(TrainerSettings settings, TrainingTexts texts) {
    this.settings = settings;
    this.texts = texts;
    TrainerSettings.Regularization regularization = settings.regularization();
    this.objective =
        Objectives.of(
            settings.objective(),
            settings.cosee(),
            settings.distillation(),
            regularization.labelSmoothing());
    this.dropout =
        new Dropout.Rates(
            regularization.dropout(),
            regularization.attentionDropout(),
            regularization.classifierDropout());
    this.encoder = new Encoder(texts.config());
    this.layout = new ParameterLayout(texts.config());
  }

  @Override
  public String fingerprint() {
    return texts.fingerprint();
  }

  @Override
  public int[] lengths() {
    return texts.training().stream().mapToInt(example -> example.text().length()).toArray();
  }

  @Override
  public int cut() {
    return texts.cut();
  }

  @Override
  public int heldOut() {
    return texts.heldOut();
  }

  @Override
  public ParameterLayout layout() {
    return layout;
  }

  @Override
  public Parameters start(NDManager manager) {
    return texts
        .start()
        .map(checkpoint -> Parameters.of(manager, layout, checkpoint, settings.seed()))
        .orElseGet(() -> Parameters.initial(manager, layout, settings.seed()));
  }

  /** Its outputs are logits, {@code [M, B, C]}. */
  @Override
  public Forward forward(int[] batch, Step step, int parts) {
    int[] labels = Arrays.stream(batch).map(i -> texts.training().get(i).label()).toArray();
    List<EncodedText> sequences =
        Arrays.stream(batch)
            .mapToObj(i -> texts.wordDropout().apply(texts.training().get(i).text(), step.random()))
            .toList();
    var seeds = new SplittableRandom(step.random().nextLong());
    return new Forward(
        new Range(0, batch.length)
            .split(parts).stream()
                .map(rows -> part(sequences.subList(rows.from(), rows.to()), seeds.nextLong()))
                .toList(),
        1,
        logits -> objective.loss(logits, labels, step));
  }

  private Forward.Part part(List<EncodedText> sequences, long seed) {
    return parameters ->
        encoder.logits(parameters, layout, Batch.of(sequences), new Dropout(dropout, seed));
  }

  @Override
  public Optional<String> advice(double calibration) {
    return objective.advice(calibration);
  }

  @Override
  public Trainable trainable(Step step) {
    return objective.trainable(step);
  }

  /** Each exit's accuracy. */
  @Override
  public Optional<List<Double>> measure(Parameters parameters) {
    return texts.dev().map(dev -> accuracy(parameters, dev));
  }

  private List<Double> accuracy(Parameters parameters, List<TrainingTexts.Example> examples) {
    List<Trace> traces;
    try (var model = new MultiExitBert(texts.config(), parameters)) {
      traces = model.traces(examples.stream().map(TrainingTexts.Example::text).toList());
    }
    return IntStream.rangeClosed(1, texts.config().layers())
        .mapToObj(depth -> {
          long right =
              IntStream.range(0, examples.size())
                  .filter(i -> traces.get(i).label(depth) == examples.get(i).label())
                  .count();
          return (double) right / examples.size();
        })
        .toList();
  }
}
