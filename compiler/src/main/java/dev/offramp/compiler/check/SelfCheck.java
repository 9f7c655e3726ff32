package dev.offramp.compiler.check;

import dev.offramp.compiler.tvm.TvmDevice;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.PackedNames;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.HostTensor;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Runs every kernel of a linked library once, on a small ragged batch with the model's own first
 * layer, and holds each against plain Java.
 *
 * <p>Each kernel gets what the kernel before it made, and so does its plain counterpart: a
 * difference names the kernel that made it. Costs less than a second for a BERT-base.
 */
public final class SelfCheck {
  /** Greatest difference, relative to the greatest value where that exceeds 1. */
  public static final double TOLERANCE = 1e-4;

  private static final int[] LENGTHS = {1, 11, 5};
  private static final long SEED = 20240817;

  private final KernelLibrary library;
  private final Checkpoint checkpoint;
  private final Map<String, HostTensor> packed;
  private final ModelConfig config;
  private final int[] offsets;
  private final Precision precision;
  private final int tokens;
  private final int capacity;

  private SelfCheck(
      KernelLibrary library,
      Checkpoint checkpoint,
      Map<String, HostTensor> packed,
      Precision precision,
      int rowTile) {
    this.library = library;
    this.checkpoint = checkpoint;
    this.packed = packed;
    this.precision = precision;
    this.config = checkpoint.config();
    this.offsets = new int[LENGTHS.length + 1];
    for (int s = 0; s < LENGTHS.length; s++) {
      offsets[s + 1] = offsets[s] + Math.min(LENGTHS[s], config.maxPositions());
    }
    this.tokens = offsets[LENGTHS.length];
    this.capacity = tokens + rowTile - 1;
  }

  /**
   * Checks a library with the weights that were packed for it.
   *
   * @throws KernelMismatchException naming the kernel, the place and both values
   */
  public static void run(
      Path library,
      Checkpoint checkpoint,
      Map<String, HostTensor> packed,
      Precision precision,
      int rowTile) {
    run(library, TvmDevice.CPU, checkpoint, packed, precision, rowTile);
  }

  /** The same, of a library whose kernels run on a device. */
  public static void run(
      Path library,
      TvmDevice device,
      Checkpoint checkpoint,
      Map<String, HostTensor> packed,
      Precision precision,
      int rowTile) {
    try (var kernels = KernelLibrary.load(library, device)) {
      new SelfCheck(kernels, checkpoint, packed, precision, rowTile).run();
    }
  }

  private void run() {
    int hidden = config.hiddenSize();
    int wide = config.intermediateSize();
    Tensor x = rows(config.sharedLayers() ? project(embed()) : embed(), hidden);
    Tensor qkv =
        rows(
            check(
                KernelNames.QKV,
                arguments(List.of(tokens, x), PackedNames.qkv(1), List.of()),
                3 * hidden,
                denseQkv(x)),
            3 * hidden);
    Tensor attended =
        rows(
            check(
                KernelNames.ATTENTION,
                List.of(offsets.length - 1, offsets, qkv),
                hidden,
                PlainKernels.attention(offsets, qkv.values(), config.heads(), config.headSize())),
            hidden);
    Tensor middle =
        rows(
            residual(
                KernelNames.ATTENTION_OUTPUT,
                attended,
                x,
                PackedNames.attentionOutput(1),
                PackedNames.attentionNorm(1),
                TensorNames.attentionOutput(1),
                TensorNames.attentionNorm(1)),
            hidden);
    Tensor raised =
        rows(
            check(
                KernelNames.FFN_UP,
                arguments(List.of(tokens, middle), PackedNames.feedForwardUp(1), List.of()),
                wide,
                PlainKernels.gelu(dense(middle, TensorNames.feedForwardUp(1)))),
            wide);
    Tensor out =
        rows(
            residual(
                KernelNames.FFN_DOWN,
                raised,
                middle,
                PackedNames.feedForwardDown(1),
                PackedNames.feedForwardNorm(1),
                TensorNames.feedForwardDown(1),
                TensorNames.feedForwardNorm(1)),
            hidden);
    exit(out);
    compact(out);
  }

  private float[] embed() {
    var random = new Random(SEED);
    int[] ids = ids(i -> random.nextInt(config.vocabSize()));
    int[] types = ids(i -> random.nextInt(config.typeVocabSize()));
    int[] positions = new int[capacity];
    for (int s = 0; s + 1 < offsets.length; s++) {
      for (int i = offsets[s]; i < offsets[s + 1]; i++) {
        positions[i] = i - offsets[s];
      }
    }
    Tensor word = checkpoint.tensor(TensorNames.WORD_EMBEDDINGS);
    Tensor position = checkpoint.tensor(TensorNames.POSITION_EMBEDDINGS);
    Tensor type = checkpoint.tensor(TensorNames.TYPE_EMBEDDINGS);
    float[] sum =
        PlainKernels.lookup(
            ids,
            positions,
            types,
            word.values(),
            position.values(),
            type.values(),
            config.embeddingSize());
    return check(
        KernelNames.EMBED,
        List.of(
            tokens,
            ids,
            positions,
            types,
            packed(PackedNames.WORD),
            packed(PackedNames.POSITION),
            packed(PackedNames.TYPE),
            packed(PackedNames.EMBED_NORM + ".weight"),
            packed(PackedNames.EMBED_NORM + ".bias")),
        config.embeddingSize(),
        norm(sum, TensorNames.EMBEDDING_NORM));
  }

  private float[] project(float[] embedded) {
    Tensor x = rows(embedded, config.embeddingSize());
    return check(
        KernelNames.EMBED_PROJECTION,
        arguments(List.of(tokens, x), PackedNames.EMBED_PROJECTION, List.of()),
        config.hiddenSize(),
        dense(x, TensorNames.EMBEDDING_PROJECTION));
  }

  private float[] residual(
      String kernel,
      Tensor x,
      Tensor residual,
      String packedDense,
      String packedNorm,
      String dense,
      String norm) {
    return check(
        kernel,
        arguments(
            List.of(tokens, x),
            packedDense,
            List.of(
                residual,
                packed(packedNorm + PackedNames.WEIGHT),
                packed(packedNorm + PackedNames.BIAS))),
        config.hiddenSize(),
        norm(PlainKernels.add(dense(x, dense), residual.values()), norm));
  }

  private void exit(Tensor x) {
    int sequences = offsets.length - 1;
    int width = config.hiddenSize();
    int[] first = IntStream.range(0, sequences).map(s -> offsets[s]).toArray();
    String name = TensorNames.exit(1, config.layers());
    float[] cls = PlainKernels.gather(x.values(), first, width);
    float[] pooled =
        PlainKernels.tanh(
            PlainProducts.dense(
                precision, cls, sequences, weight(TensorNames.POOLER), bias(TensorNames.POOLER)));
    compare(
        KernelNames.EXIT_HEAD,
        library.call(
            KernelNames.EXIT_HEAD,
            sequences,
            config.classes(),
            arguments(
                List.of(sequences, offsets, x),
                PackedNames.POOLER,
                List.of(
                    packed(PackedNames.exit(1) + PackedNames.WEIGHT),
                    packed(PackedNames.exit(1) + PackedNames.BIAS)))),
        PlainKernels.dense(pooled, sequences, weight(name), bias(name)),
        sequences * config.classes());
  }

  private void compact(Tensor x) {
    int[] rows = ids(i -> tokens - 1 - i);
    check(
        KernelNames.COMPACT,
        List.of(tokens, rows, x),
        config.hiddenSize(),
        PlainKernels.gather(x.values(), rows, config.hiddenSize()));
  }

  private float[] check(String kernel, List<Object> arguments, int width, float[] expected) {
    float[] actual = library.call(kernel, capacity, width, arguments);
    compare(kernel, actual, expected, tokens * width);
    return actual;
  }

  private static void compare(String kernel, float[] actual, float[] expected, int count) {
    double scale = 1;
    for (int i = 0; i < count; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
    }
    for (int i = 0; i < count; i++) {
      // Written so that NaN fails too.
      if (!(Math.abs(actual[i] - expected[i]) <= TOLERANCE * scale)) {
        throw new KernelMismatchException(
            "%s: element %d is %s (expected: %s within %.1e); the artifact was not written"
                .formatted(kernel, i, actual[i], expected[i], TOLERANCE * scale));
      }
    }
  }

  /** Values for the tokens of the batch, and zeros beyond. */
  private int[] ids(IntUnaryOperator value) {
    var ids = new int[capacity];
    for (int i = 0; i < tokens; i++) {
      ids[i] = value.applyAsInt(i);
    }
    return ids;
  }

  private Tensor rows(float[] values, int width) {
    return Tensor.of(values, capacity, width);
  }

  private float[] denseQkv(Tensor x) {
    int width = config.hiddenSize();
    var out = new float[capacity * 3 * width];
    var parts = List.of(TensorNames.query(1), TensorNames.key(1), TensorNames.value(1));
    for (int part = 0; part < 3; part++) {
      float[] columns = dense(x, parts.get(part));
      for (int t = 0; t < capacity; t++) {
        System.arraycopy(columns, t * width, out, (3 * t + part) * width, width);
      }
    }
    return out;
  }

  private float[] dense(Tensor x, String name) {
    return PlainProducts.dense(precision, x.values(), capacity, weight(name), bias(name));
  }

  private float[] norm(float[] x, String name) {
    return PlainKernels.layerNorm(x, weight(name), bias(name), config.layerNormEpsilon());
  }

  private float[] weight(String name) {
    return checkpoint.tensor(name + ".weight").values();
  }

  private float[] bias(String name) {
    return checkpoint.tensor(name + ".bias").values();
  }

  private HostTensor packed(String name) {
    HostTensor tensor = packed.get(name);
    if (tensor == null) {
      throw new KernelMismatchException("packed weights lack " + name);
    }
    return tensor;
  }

  /** A product's tensors between the arguments before and after them. */
  private List<Object> arguments(List<Object> before, String prefix, List<Object> after) {
    var all = new ArrayList<>(before);
    PackedNames.projection(precision).forEach(suffix -> all.add(packed(prefix + suffix)));
    all.addAll(after);
    return all;
  }
}
