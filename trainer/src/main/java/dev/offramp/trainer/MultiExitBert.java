package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A trained multi-exit BERT on PyTorch: texts in, the logits of every exit out.
 *
 * <p>It runs every layer for every text, without dropout. It is what other engines are compared
 * with and what evaluation records traces with; serving is another module's.
 *
 * <p>Threading: calls do not touch each other, but PyTorch's own threads are shared.
 *
 * <p>Ownership: holds the parameters in native memory until {@link #close}.
 */
public final class MultiExitBert implements AutoCloseable {
  private static final int BATCH = 64;

  private final ModelConfig config;
  private final Parameters parameters;
  private final Encoder encoder;
  private final NDManager manager;

  /** A view of parameters that belong to someone else, whose manager this does not close. */
  MultiExitBert(ModelConfig config, Parameters parameters) {
    this(config, parameters, parameters.vector().getManager().newSubManager());
  }

  private MultiExitBert(ModelConfig config, Parameters parameters, NDManager manager) {
    this.config = config;
    this.parameters = parameters;
    this.encoder = new Encoder(config);
    this.manager = manager;
  }

  /** Loads a checkpoint that lacks nothing. */
  public static MultiExitBert of(Checkpoint checkpoint) {
    if (!checkpoint.missing().isEmpty()) {
      throw new IllegalArgumentException(
          "checkpoint: lacks %s (expected: every tensor; train it first)"
              .formatted(checkpoint.missing()));
    }
    NDManager manager = PyTorch.newManager();
    var layout = new ParameterLayout(checkpoint.config());
    return new MultiExitBert(
        checkpoint.config(), Parameters.of(manager, layout, checkpoint, 0), manager);
  }

  /** The model's shape. */
  public ModelConfig config() {
    return config;
  }

  /**
   * The logits of every exit for texts that share a batch.
   *
   * <p>Shapes: N texts, M exits, C classes; {@code [N][M][C]} out.
   *
   * <p>Errors: {@link IllegalArgumentException} for a token id or a length that the model lacks.
   */
  public float[][][] logits(List<EncodedText> texts) {
    texts.forEach(this::check);
    int exits = config.layers();
    int classes = config.classes();
    float[] flat; // [M, N, C]
    try (var scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray logits =
          encoder.logits(parameters.vector(), parameters.layout(), Batch.of(texts), Dropout.none());
      flat = logits.toFloatArray();
    }
    var result = new float[texts.size()][exits][];
    for (int n = 0; n < texts.size(); n++) {
      for (int m = 0; m < exits; m++) {
        int from = (m * texts.size() + n) * classes;
        result[n][m] = Arrays.copyOfRange(flat, from, from + classes);
      }
    }
    return result;
  }

  /** The traces of any number of texts, in their order; texts of like length share a batch. */
  public List<Trace> traces(List<EncodedText> texts) {
    var traces = new Trace[texts.size()];
    List<Integer> byLength =
        IntStream.range(0, texts.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> texts.get(i).length()))
            .toList();
    for (int from = 0; from < byLength.size(); from += BATCH) {
      List<Integer> indices = byLength.subList(from, Math.min(byLength.size(), from + BATCH));
      float[][][] logits = logits(indices.stream().map(texts::get).toList());
      for (int n = 0; n < logits.length; n++) {
        traces[indices.get(n)] = trace(logits[n]);
      }
    }
    return new ArrayList<>(Arrays.asList(traces));
  }

  private Trace trace(float[][] logits) {
    var flat = new float[config.layers() * config.classes()];
    for (int m = 0; m < logits.length; m++) {
      System.arraycopy(logits[m], 0, flat, m * config.classes(), config.classes());
    }
    return Trace.of(config.layers(), config.classes(), flat);
  }

  private void check(EncodedText text) {
    if (text.length() > config.maxPositions()) {
      throw new IllegalArgumentException(
          "tokens: %d (expected: <= %d)".formatted(text.length(), config.maxPositions()));
    }
    for (int i = 0; i < text.length(); i++) {
      require("token id", text.id(i), config.vocabSize());
      require("token type", text.type(i), config.typeVocabSize());
    }
  }

  private static void require(String what, int value, int limit) {
    if (value < 0 || value >= limit) {
      throw new IllegalArgumentException(
          "%s: %d (expected: 0 to %d)".formatted(what, value, limit - 1));
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
