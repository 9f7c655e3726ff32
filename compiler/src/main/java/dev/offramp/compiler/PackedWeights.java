package dev.offramp.compiler;

import dev.offramp.compiler.kernel.GemmSchedule;
import dev.offramp.compiler.kernel.KernelSet;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.PackedNames;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.HostTensor;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** A checkpoint's tensors as the kernels of one target read them, under {@link PackedNames}. */
final class PackedWeights {
  private final Checkpoint checkpoint;
  private final Packing packing;
  private final SequencedMap<String, HostTensor> packed = new LinkedHashMap<>();

  /** How a target lays its products' weights out. */
  @FunctionalInterface
  interface Packing {
    /**
     * Packs a projection's tensors.
     *
     * @param kernel the kernel that multiplies by them
     * @param prefix of their names
     */
    SequencedMap<String, HostTensor> pack(String kernel, String prefix, Tensor weight, Tensor bias);
  }

  private PackedWeights(Checkpoint checkpoint, Packing packing) {
    this.checkpoint = checkpoint;
    this.packing = packing;
  }

  /** Packs every tensor of a complete checkpoint. */
  static SequencedMap<String, HostTensor> of(Checkpoint checkpoint, Packing packing) {
    var weights = new PackedWeights(checkpoint, packing);
    weights.packAll();
    return weights.packed;
  }

  /** Packs every tensor for kernels with schedules. */
  static SequencedMap<String, HostTensor> of(Checkpoint checkpoint, KernelSet kernels) {
    return of(
        checkpoint,
        (kernel, prefix, weight, bias) ->
            kernels
                .packing((GemmSchedule) kernels.schedules().of(kernel))
                .pack(prefix, weight, bias));
  }

  private void packAll() {
    packed.put(PackedNames.WORD, checkpoint.tensor(TensorNames.WORD_EMBEDDINGS));
    packed.put(PackedNames.POSITION, checkpoint.tensor(TensorNames.POSITION_EMBEDDINGS));
    packed.put(PackedNames.TYPE, checkpoint.tensor(TensorNames.TYPE_EMBEDDINGS));
    copy(TensorNames.EMBEDDING_NORM, PackedNames.EMBED_NORM);
    if (checkpoint.config().sharedLayers()) {
      pack(
          KernelNames.EMBED_PROJECTION,
          TensorNames.EMBEDDING_PROJECTION,
          PackedNames.EMBED_PROJECTION);
    }
    for (int depth = 1; depth <= checkpoint.config().distinctLayers(); depth++) {
      qkv(depth);
      pack(
          KernelNames.ATTENTION_OUTPUT,
          TensorNames.attentionOutput(depth),
          PackedNames.attentionOutput(depth));
      copy(TensorNames.attentionNorm(depth), PackedNames.attentionNorm(depth));
      pack(KernelNames.FFN_UP, TensorNames.feedForwardUp(depth), PackedNames.feedForwardUp(depth));
      pack(
          KernelNames.FFN_DOWN,
          TensorNames.feedForwardDown(depth),
          PackedNames.feedForwardDown(depth));
      copy(TensorNames.feedForwardNorm(depth), PackedNames.feedForwardNorm(depth));
    }
    pack(KernelNames.EXIT_HEAD, TensorNames.POOLER, PackedNames.POOLER);
    int layers = checkpoint.config().layers();
    for (int depth = 1; depth <= layers; depth++) {
      copy(TensorNames.exit(depth, layers), PackedNames.exit(depth));
    }
  }

  private void copy(String from, String to) {
    packed.put(to + PackedNames.WEIGHT, weight(from));
    packed.put(to + PackedNames.BIAS, bias(from));
  }

  private void pack(String kernel, String from, String to) {
    packed.putAll(packing.pack(kernel, to, weight(from), bias(from)));
  }

  /** The three projections are one product: their rows follow each other. */
  private void qkv(int depth) {
    var prefixes =
        List.of(TensorNames.query(depth), TensorNames.key(depth), TensorNames.value(depth));
    int width = checkpoint.config().hiddenSize();
    var weight = new float[3 * width * width];
    var bias = new float[3 * width];
    for (int part = 0; part < 3; part++) {
      float[] rows = weight(prefixes.get(part)).values();
      System.arraycopy(rows, 0, weight, part * rows.length, rows.length);
      System.arraycopy(bias(prefixes.get(part)).values(), 0, bias, part * width, width);
    }
    packed.putAll(
        packing.pack(
            KernelNames.QKV,
            PackedNames.qkv(depth),
            Tensor.of(weight, 3 * width, width),
            Tensor.of(bias, 3 * width)));
  }

  private Tensor weight(String prefix) {
    return checkpoint.tensor(prefix + ".weight");
  }

  private Tensor bias(String prefix) {
    return checkpoint.tensor(prefix + ".bias");
  }
}
