package dev.offramp.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.pytorch.jni.JniUtils;
import dev.offramp.bench.workload.TokenCase;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorNames;
import dev.offramp.model.text.EncodedText;
import dev.offramp.trainer.PyTorch;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * PyTorch through DJL, eager: each step is one call into LibTorch, query, key and value are
 * projected in one product.
 *
 * <p>DJL has no binding of PyTorch's fused attention, so scores and softmax are steps of their own.
 * Products come from oneMKL, which takes a generic path on processors that are not Intel's: {@code
 * MKL_VERBOSE=1} in the environment shows which.
 *
 * <p>Shapes: rows are {@code [B, L, H]}, heads {@code [B, heads, L, H / heads]}. Ownership: weights
 * belong to the engine's manager, a batch to one below it, what a run makes on the way to one below
 * that, closed with the run.
 */
final class PyTorchEngine implements PeerEngine {
  static final String NAME = "pytorch";

  private final NDManager manager;
  private final ModelEnds ends;
  private final ModelConfig config;
  private final List<Layer> layers;

  /** Loads the layers of {@code checkpoint}. LibTorch's threads belong to the whole process. */
  PyTorchEngine(Checkpoint checkpoint, int threads) {
    ends = new ModelEnds(checkpoint);
    config = checkpoint.config();
    manager = PyTorch.newManager();
    JniUtils.setNumThreads(threads);
    layers = IntStream.rangeClosed(1, config.layers()).mapToObj(d -> layer(checkpoint, d)).toList();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String version() {
    return manager.getEngine().getVersion() + ", eager";
  }

  @Override
  public String precision() {
    return "float32";
  }

  @Override
  public PyTorchPass prepare(List<EncodedText> texts) {
    return new PyTorchPass(TokenCase.of(texts), ends.embed(texts));
  }

  @Override
  public void close() {
    manager.close();
  }

  /** How many arrays the engine owns, without those of its batches: its weights. */
  int liveArrays() {
    return manager.getManagedArrays().size();
  }

  private NDArray forward(NDArray x, @Nullable NDArray mask) {
    for (Layer layer : layers) {
      x = layer.forward(x, mask, config);
    }
    return x;
  }

  private Layer layer(Checkpoint checkpoint, int depth) {
    NDArray[] weights = new NDArray[3];
    NDArray[] biases = new NDArray[3];
    var projections =
        List.of(TensorNames.query(depth), TensorNames.key(depth), TensorNames.value(depth));
    try (NDManager parts = manager.newSubManager()) {
      for (int i = 0; i < 3; i++) {
        weights[i] = array(parts, checkpoint.tensor(projections.get(i) + ".weight"));
        biases[i] = array(parts, checkpoint.tensor(projections.get(i) + ".bias"));
      }
      NDArray weight = weights[0].concat(weights[1], 0).concat(weights[2], 0); // [3H, H]
      NDArray bias = biases[0].concat(biases[1], 0).concat(biases[2], 0);
      weight.attach(manager);
      bias.attach(manager);
      return new Layer(
          new Affine(weight, bias),
          affine(checkpoint, TensorNames.attentionOutput(depth)),
          affine(checkpoint, TensorNames.attentionNorm(depth)),
          affine(checkpoint, TensorNames.feedForwardUp(depth)),
          affine(checkpoint, TensorNames.feedForwardDown(depth)),
          affine(checkpoint, TensorNames.feedForwardNorm(depth)));
    }
  }

  private Affine affine(Checkpoint checkpoint, String prefix) {
    return new Affine(
        array(manager, checkpoint.tensor(prefix + ".weight")),
        array(manager, checkpoint.tensor(prefix + ".bias")));
  }

  private static NDArray array(NDManager manager, Tensor tensor) {
    long[] shape = tensor.shape().stream().mapToLong(Integer::longValue).toArray();
    return manager.create(tensor.values(), new Shape(shape));
  }

  private record Affine(NDArray weight, NDArray bias) {
    NDArray dense(NDArray x) {
      return Linear.linear(x, weight, bias).singletonOrThrow();
    }

    NDArray norm(NDArray x, ModelConfig config) {
      Shape last = new Shape(config.hiddenSize());
      return LayerNorm.layerNorm(x, last, weight, bias, (float) config.layerNormEpsilon())
          .singletonOrThrow();
    }
  }

  private record Layer(
      Affine qkv,
      Affine attentionOutput,
      Affine attentionNorm,
      Affine up,
      Affine down,
      Affine norm) {
    NDArray forward(NDArray x, @Nullable NDArray mask, ModelConfig config) {
      NDArray mixed = attention(x, mask, config);
      NDArray a = attentionNorm.norm(attentionOutput.dense(mixed).addi(x), config);
      NDArray wide = Activation.gelu(up.dense(a)); // [B, L, I]
      return norm.norm(down.dense(wide).addi(a), config);
    }

    private NDArray attention(NDArray x, @Nullable NDArray mask, ModelConfig config) {
      Shape shape = x.getShape();
      long width = config.headSize();
      NDArray heads =
          qkv.dense(x) // [B, L, 3H]
              .reshape(shape.get(0), shape.get(1), 3, config.heads(), width)
              .transpose(2, 0, 3, 1, 4); // [3, B, heads, L, H / heads]
      NDArray k = heads.get(1).swapAxes(2, 3);
      NDArray scores = heads.get(0).matMul(k).muli(1 / Math.sqrt(config.headSize()));
      NDArray p = (mask == null ? scores : scores.addi(mask)).softmax(-1);
      return p.matMul(heads.get(2)).transpose(0, 2, 1, 3).reshape(shape); // [B, L, H]
    }
  }

  /** A batch; it owns its input and its last output. */
  final class PyTorchPass implements Pass {
    private final NDManager batch = manager.newSubManager();
    private final TokenCase tokens;
    private final NDArray x;
    private final @Nullable NDArray mask;
    private NDArray y;

    PyTorchPass(TokenCase tokens, float[] rows) {
      this.tokens = tokens;
      int length = tokens.longest();
      x = batch.create(rows, new Shape(tokens.sequences(), length, config.hiddenSize()));
      Shape ofMask = new Shape(tokens.sequences(), 1, 1, length);
      mask = tokens.isRagged() ? batch.create(ModelEnds.mask(tokens), ofMask) : null;
      y = x.duplicate();
    }

    @Override
    public void reset() {
      // The input is only read.
    }

    @Override
    public void run() {
      try (NDManager step = batch.newSubManager()) {
        x.attach(step); // What is computed from an array belongs to that array's manager.
        NDArray result = forward(x, mask);
        result.attach(batch);
        x.attach(batch);
        y.close();
        y = result;
      }
    }

    @Override
    public float[] logits() {
      return ends.logits(y.toFloatArray(), tokens);
    }

    /** How many arrays the batch owns. */
    int liveArrays() {
      return batch.getManagedArrays().size();
    }

    @Override
    public void close() {
      batch.close();
    }
  }
}
