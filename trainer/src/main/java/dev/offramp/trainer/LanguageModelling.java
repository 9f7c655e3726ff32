package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Learning a language from texts without labels: to guess masked words at the last layer.
 *
 * @param settings the run's settings
 * @param config the model's shape; its classes do not matter
 * @param maskId the id of the tokenizer's mask token
 * @param training the texts to learn from
 * @param dev texts to measure every epoch's model on
 * @param start the checkpoint to start from, if any
 * @param cut how many texts to learn from are cut to the model's length
 * @param fingerprint what must be the same for a saved state to be of use
 */
record LanguageModelling(
    PretrainerSettings settings,
    ModelConfig config,
    int maskId,
    List<EncodedText> training,
    Optional<List<EncodedText>> dev,
    Optional<Checkpoint> start,
    int cut,
    String fingerprint)
    implements Task {

  private static final int DEV_BATCH = 64;

  /** The dev texts' words are hidden by these draws, in every epoch the same. */
  private static final long DEV_SEED = 20_181_011;

  LanguageModelling {
    training = List.copyOf(training);
    dev = dev.map(List::copyOf);
  }

  @Override
  public int[] lengths() {
    return training.stream().mapToInt(EncodedText::length).toArray();
  }

  @Override
  public int cut() {
    return cut;
  }

  @Override
  public int heldOut() {
    return 0;
  }

  @Override
  public ParameterLayout layout() {
    return ParameterLayout.ofLanguageModel(config);
  }

  @Override
  public Parameters start(NDManager manager) {
    return start
        .map(checkpoint -> Parameters.of(manager, layout(), checkpoint, settings.seed()))
        .orElseGet(() -> Parameters.initial(manager, layout(), settings.seed()));
  }

  /** Its outputs are the hidden words' log-likelihoods, {@code [K, 1]}. */
  @Override
  public Forward forward(int[] batch, Step step, int parts) {
    List<EncodedText> texts = Arrays.stream(batch).mapToObj(training::get).toList();
    List<MaskedWords> masked =
        new Range(0, batch.length)
            .split(parts).stream()
                .map(rows -> masked(texts.subList(rows.from(), rows.to()), step.random()))
                .toList();
    var seeds = new SplittableRandom(step.random().nextLong());
    return new Forward(
        masked.stream().map(words -> part(words, seeds.nextLong())).toList(),
        0,
        LanguageModelling::loss);
  }

  private Forward.Part part(MaskedWords masked, long seed) {
    var rates = new Dropout.Rates(settings.dropout(), settings.dropout(), 0);
    return parameters ->
        logLikelihoods(
            new Encoder(config)
                .wordLogits(
                    parameters,
                    layout(),
                    Batch.of(masked.texts()),
                    masked.places(),
                    new Dropout(rates, seed)),
            masked);
  }

  private MaskedWords masked(List<EncodedText> texts, RandomGenerator random) {
    return MaskedWords.of(texts, settings.maskRate(), maskId, config.vocabSize(), random);
  }

  private static Objective.Loss loss(NDArray logLikelihoods) {
    NDArray loss = logLikelihoods.mean().neg();
    return Objective.Loss.of(loss, loss.getFloat(), 0, SignalRange.UNIT);
  }

  /** The logarithm of the probability of each word that was hidden: {@code [K, 1]}. */
  private static NDArray logLikelihoods(NDArray logits, MaskedWords masked) {
    long[] words = Arrays.stream(masked.words()).asLongStream().toArray();
    NDArray index = logits.getManager().create(words, new Shape(words.length, 1)); // [K, 1]
    return logits.logSoftmax(-1).gather(index, 1);
  }

  @Override
  public Trainable trainable(Step step) {
    return Trainable.all(step);
  }

  /** The share of the dev texts' hidden words that are guessed. */
  @Override
  public Optional<List<Double>> measure(Parameters parameters) {
    return dev.map(texts -> List.of(guessed(parameters, texts)));
  }

  private double guessed(Parameters parameters, List<EncodedText> texts) {
    var random = new SplittableRandom(DEV_SEED);
    var encoder = new Encoder(config);
    long right = 0;
    long all = 0;
    for (int from = 0; from < texts.size(); from += DEV_BATCH) {
      List<EncodedText> batch = texts.subList(from, Math.min(texts.size(), from + DEV_BATCH));
      MaskedWords masked = masked(batch, random);
      try (var scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        long[] guesses =
            encoder
                .wordLogits(
                    parameters.vector(),
                    layout(),
                    Batch.of(masked.texts()),
                    masked.places(),
                    Dropout.none())
                .argMax(-1)
                .toLongArray();
        for (int k = 0; k < guesses.length; k++) {
          right += guesses[k] == masked.words()[k] ? 1 : 0;
        }
        all += guesses.length;
      }
    }
    return (double) right / all;
  }
}
