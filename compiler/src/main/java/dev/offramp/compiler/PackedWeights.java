package dev.offramp.compiler;

import dev.offramp.compiler.kernel.GemmTile;
import dev.offramp.compiler.kernel.KernelSet;
import dev.offramp.model.artifact.PackedNames;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.TensorNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** A checkpoint's tensors as the kernels of one target read them, under {@link PackedNames}. */
final class PackedWeights {
  private final Checkpoint checkpoint;
  private final SequencedMap<String, Tensor> packed = new LinkedHashMap<>();

  private PackedWeights(Checkpoint checkpoint) {
    this.checkpoint = checkpoint;
  }

  /** Packs every tensor of a complete checkpoint. */
  static SequencedMap<String, Tensor> of(Checkpoint checkpoint, KernelSet kernels) {
    var weights = new PackedWeights(checkpoint);
    weights.packAll(kernels);
    return weights.packed;
  }

  private void packAll(KernelSet kernels) {
    packed.put(PackedNames.WORD, checkpoint.tensor(TensorNames.WORD_EMBEDDINGS));
    packed.put(PackedNames.POSITION, checkpoint.tensor(TensorNames.POSITION_EMBEDDINGS));
    packed.put(PackedNames.TYPE, checkpoint.tensor(TensorNames.TYPE_EMBEDDINGS));
    copy(TensorNames.EMBEDDING_NORM, PackedNames.EMBED_NORM);
    int layers = checkpoint.config().layers();
    for (int depth = 1; depth <= layers; depth++) {
      qkv(depth, kernels.qkvTile());
      pack(
          TensorNames.attentionOutput(depth),
          PackedNames.attentionOutput(depth),
          kernels.squareTile());
      copy(TensorNames.attentionNorm(depth), PackedNames.attentionNorm(depth));
      pack(TensorNames.feedForwardUp(depth), PackedNames.feedForwardUp(depth), kernels.upTile());
      pack(
          TensorNames.feedForwardDown(depth),
          PackedNames.feedForwardDown(depth),
          kernels.downTile());
      copy(TensorNames.feedForwardNorm(depth), PackedNames.feedForwardNorm(depth));
    }
    pack(TensorNames.POOLER, PackedNames.POOLER, kernels.squareTile());
    for (int depth = 1; depth <= layers; depth++) {
      copy(TensorNames.exit(depth, layers), PackedNames.exit(depth));
    }
  }

  private void copy(String from, String to) {
    packed.put(to + ".weight", checkpoint.tensor(from + ".weight"));
    packed.put(to + ".bias", checkpoint.tensor(from + ".bias"));
  }

  private void pack(String from, String to, GemmTile tile) {
    packed.put(to + ".weight", tile.pack(checkpoint.tensor(from + ".weight")));
    packed.put(to + ".bias", checkpoint.tensor(from + ".bias"));
  }

  /** The three projections are one product: their rows follow each other. */
  private void qkv(int depth, GemmTile tile) {
    var prefixes =
        List.of(TensorNames.query(depth), TensorNames.key(depth), TensorNames.value(depth));
    int width = checkpoint.config().hiddenSize();
    var weight = new float[3 * width * width];
    var bias = new float[3 * width];
    for (int part = 0; part < 3; part++) {
      float[] rows = checkpoint.tensor(prefixes.get(part) + ".weight").values();
      System.arraycopy(rows, 0, weight, part * rows.length, rows.length);
      float[] biases = checkpoint.tensor(prefixes.get(part) + ".bias").values();
      System.arraycopy(biases, 0, bias, part * width, width);
    }
    packed.put(PackedNames.qkv(depth) + ".weight", tile.pack(Tensor.of(weight, 3 * width, width)));
    packed.put(PackedNames.qkv(depth) + ".bias", Tensor.of(bias, 3 * width));
  }
}
