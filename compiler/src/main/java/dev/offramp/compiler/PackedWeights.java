package dev.offramp.compiler;

import dev.offramp.compiler.kernel.GemmSchedule;
import dev.offramp.compiler.kernel.KernelSet;
import dev.offramp.compiler.kernel.Schedules;
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
  private final KernelSet kernels;
  private final SequencedMap<String, HostTensor> packed = new LinkedHashMap<>();

  private PackedWeights(Checkpoint checkpoint, KernelSet kernels) {
    this.checkpoint = checkpoint;
    this.kernels = kernels;
  }

  /** Packs every tensor of a complete checkpoint. */
  static SequencedMap<String, HostTensor> of(Checkpoint checkpoint, KernelSet kernels) {
    var weights = new PackedWeights(checkpoint, kernels);
    weights.packAll(kernels.schedules());
    return weights.packed;
  }

  private void packAll(Schedules schedules) {
    packed.put(PackedNames.WORD, checkpoint.tensor(TensorNames.WORD_EMBEDDINGS));
    packed.put(PackedNames.POSITION, checkpoint.tensor(TensorNames.POSITION_EMBEDDINGS));
    packed.put(PackedNames.TYPE, checkpoint.tensor(TensorNames.TYPE_EMBEDDINGS));
    copy(TensorNames.EMBEDDING_NORM, PackedNames.EMBED_NORM);
    int layers = checkpoint.config().layers();
    for (int depth = 1; depth <= layers; depth++) {
      qkv(depth, schedules.qkv());
      pack(
          TensorNames.attentionOutput(depth),
          PackedNames.attentionOutput(depth),
          schedules.attentionOutput());
      copy(TensorNames.attentionNorm(depth), PackedNames.attentionNorm(depth));
      pack(TensorNames.feedForwardUp(depth), PackedNames.feedForwardUp(depth), schedules.up());
      pack(
          TensorNames.feedForwardDown(depth), PackedNames.feedForwardDown(depth), schedules.down());
      copy(TensorNames.feedForwardNorm(depth), PackedNames.feedForwardNorm(depth));
    }
    pack(TensorNames.POOLER, PackedNames.POOLER, schedules.pooler());
    for (int depth = 1; depth <= layers; depth++) {
      copy(TensorNames.exit(depth, layers), PackedNames.exit(depth));
    }
  }

  private void copy(String from, String to) {
    packed.put(to + PackedNames.WEIGHT, weight(from));
    packed.put(to + PackedNames.BIAS, bias(from));
  }

  private void pack(String from, String to, GemmSchedule schedule) {
    packed.putAll(kernels.packing(schedule).pack(to, weight(from), bias(from)));
  }

  /** The three projections are one product: their rows follow each other. */
  private void qkv(int depth, GemmSchedule schedule) {
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
        kernels
            .packing(schedule)
            .pack(
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
