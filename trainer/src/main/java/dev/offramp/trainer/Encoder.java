package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import dev.offramp.model.checkpoint.ModelConfig;

/**
 * The multi-exit BERT's arithmetic: a batch of tokens and a vector of parameters in, every exit's
 * logits out.
 *
 * <p>Shapes: B sequences, L tokens of the longest, E embedding, H hidden, A heads, D = H / A, I
 * intermediate, M layers (= exits), C classes. Parameters lie as {@link ParameterLayout} says.
 *
 * <p>Ownership: it makes native arrays, which belong to the vector's manager, and closes none. The
 * caller closes that, or runs it inside an {@link ai.djl.ndarray.NDScope}.
 *
 * <p>Source: Devlin et al., 2019 (post-norm BERT); Lan et al., 2020 (ALBERT); the shared pooler and
 * one classifier an exit as in COSEE, arXiv 2412.13236, section 3.
 */
final class Encoder {
  /** Added to the score of a key behind a sequence's end; its softmax is exactly 0 in float32. */
  private static final float MASKED = -1e9f;

  private final ModelConfig config;

  Encoder(ModelConfig config) {
    this.config = config;
  }

  /** The logits of every exit: {@code [M, B, C]}. */
  NDArray logits(NDArray vector, ParameterLayout layout, Batch batch, Dropout dropout) {
    NDManager manager = vector.getManager();
    var weights = new Weights(vector, layout);
    int rows = batch.rows();
    NDArray mask = mask(manager, batch); // [B, 1, 1, L]
    NDArray x = embed(weights, batch, manager, dropout); // [B, L, H]
    var firstRows = new NDList(config.layers());
    int firstLayer = weights.place();
    for (int layer = 0; layer < config.layers(); layer++) {
      x = layer(weights, firstLayer, x, mask, dropout); // [B, L, H]
      firstRows.add(x.get(":, 0")); // [B, H]
    }
    NDArray cls = NDArrays.concat(firstRows, 0); // [M B, H]
    NDArray pooled = linear(cls, weights.next(), weights.next()).tanh(); // [M B, H]
    NDArray dropped =
        dropout.classifier(pooled).reshape(config.layers(), rows, config.hiddenSize()); // [M, B, H]
    int classes = config.classes();
    NDArray classifiers = // [M, H, C]
        weights.next().reshape(config.layers(), classes, config.hiddenSize()).transpose(0, 2, 1);
    NDArray biases = weights.next().reshape(config.layers(), 1, classes); // [M, 1, C]
    return dropped.matMul(classifiers).add(biases); // [M, B, C]
  }

  /**
   * The last layer's guesses at some tokens: {@code [K, V]}, over all word pieces.
   *
   * <p>Source: Devlin et al., 2019, task 1; the output shares the word embeddings.
   *
   * @param layout {@link ParameterLayout#ofLanguageModel}
   * @param places the K tokens to guess, as indices into the batch's {@code [B, L]}
   */
  NDArray wordLogits(
      NDArray vector, ParameterLayout layout, Batch batch, int[] places, Dropout dropout) {
    NDManager manager = vector.getManager();
    var weights = new Weights(vector, layout);
    NDArray words = weights.peek(); // [V, E]
    NDArray mask = mask(manager, batch); // [B, 1, 1, L]
    NDArray x = embed(weights, batch, manager, dropout); // [B, L, H]
    int firstLayer = weights.place();
    for (int layer = 0; layer < config.layers(); layer++) {
      x = layer(weights, firstLayer, x, mask, dropout); // [B, L, H]
    }
    NDArray rows = lookUp(manager.create(places), x.reshape(-1, config.hiddenSize())); // [K, H]
    NDArray turned =
        linear(rows, weights.next(), weights.next()).getNDArrayInternal().gelu(); // [K, E]
    return linear(norm(turned, weights), words, weights.next()); // [K, V]
  }

  private static NDArray mask(NDManager manager, Batch batch) {
    return manager
        .create(batch.mask(), new Shape(batch.rows(), 1, 1, batch.length()))
        .sub(1f)
        .mul(-MASKED);
  }

  private NDArray embed(Weights weights, Batch batch, NDManager manager, Dropout dropout) {
    var shape = new Shape(batch.rows(), batch.length());
    NDArray ids = manager.create(batch.ids(), shape); // [B, L]
    NDArray types = manager.create(batch.types(), shape); // [B, L]
    NDArray words = lookUp(ids, weights.next()); // [B, L, E]
    NDArray positions = weights.next().get("0:" + batch.length()); // [L, E]
    NDArray sum = words.add(positions).add(lookUp(types, weights.next())); // [B, L, E]
    NDArray embedded = dropout.hidden(norm(sum, weights)); // [B, L, E]
    return config.sharedLayers()
        ? linear(embedded, weights.next(), weights.next()) // [B, L, H]
        : embedded;
  }

  private NDArray layer(Weights weights, int firstLayer, NDArray x, NDArray mask, Dropout dropout) {
    if (config.sharedLayers()) {
      weights.goTo(firstLayer); // Its gradient is the sum over all depths.
    }
    NDArray mixed = attention(weights, x, mask, dropout); // [B, L, H]
    NDArray attended = linear(mixed, weights.next(), weights.next()); // [B, L, H]
    NDArray y = norm(dropout.hidden(attended).add(x), weights); // [B, L, H]
    NDArray inner =
        linear(y, weights.next(), weights.next()).getNDArrayInternal().gelu(); // [B, L, I]
    NDArray outer = linear(inner, weights.next(), weights.next()); // [B, L, H]
    return norm(dropout.hidden(outer).add(y), weights); // [B, L, H]
  }

  private NDArray attention(Weights weights, NDArray x, NDArray mask, Dropout dropout) {
    long rows = x.getShape().get(0);
    long length = x.getShape().get(1);
    int heads = config.heads();
    int width = config.headSize();
    NDArray projected = linear(x, weights.next(), weights.next()); // [B, L, 3H]
    NDList parts =
        projected
            .reshape(rows, length, 3, heads, width) // [B, L, 3, A, D]
            .transpose(2, 0, 3, 1, 4) // [3, B, A, L, D]
            .split(3);
    NDArray query = Scaling.scale(parts.get(0).squeeze(0), 1 / Math.sqrt(width)); // [B, A, L, D]
    NDArray key = parts.get(1).squeeze(0); // [B, A, L, D]
    NDArray value = parts.get(2).squeeze(0); // [B, A, L, D]
    NDArray scores = query.matMul(key.transpose(0, 1, 3, 2)).add(mask); // [B, A, L, L]
    NDArray shares = dropout.attention(scores.softmax(-1)); // [B, A, L, L]
    return shares
        .matMul(value) // [B, A, L, D]
        .transpose(0, 2, 1, 3) // [B, L, A, D]
        .reshape(rows, length, config.hiddenSize()); // [B, L, H]
  }

  private NDArray norm(NDArray x, Weights weights) {
    return x.getNDArrayInternal()
        .layerNorm(
            x,
            new Shape(x.getShape().get(x.getShape().dimension() - 1)),
            weights.next(),
            weights.next(),
            (float) config.layerNormEpsilon())
        .singletonOrThrow();
  }

  private static NDArray lookUp(NDArray ids, NDArray table) {
    return ids.getNDArrayInternal().embedding(ids, table, SparseFormat.DENSE).singletonOrThrow();
  }

  private static NDArray linear(NDArray x, NDArray weight, NDArray bias) {
    return x.getNDArrayInternal().linear(x, weight, bias).singletonOrThrow();
  }

  /** The slices of the vector, handed out in the layout's order, which is the order of use. */
  private static final class Weights {
    private final NDList parts;
    private final ParameterLayout layout;
    private int next;

    Weights(NDArray vector, ParameterLayout layout) {
      this.layout = layout;
      this.parts = vector.split(layout.boundaries(), 0);
    }

    /** What {@link #next} will give. */
    NDArray peek() {
      return at(next);
    }

    int place() {
      return next;
    }

    void goTo(int place) {
      next = place;
    }

    NDArray next() {
      return at(next++);
    }

    private NDArray at(int index) {
      return parts.get(index).reshape(layout.slices().get(index).stackedShape());
    }
  }
}
