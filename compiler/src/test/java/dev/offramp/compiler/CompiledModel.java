package dev.offramp.compiler;

import dev.offramp.compiler.check.KernelLibrary;
import dev.offramp.compiler.tvm.TvmDevice;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.Device;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.PackedNames;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.SafetensorsFile;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.text.EncodedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs an artifact's kernels layer by layer over a batch, reading nothing but the artifact. */
final class CompiledModel implements AutoCloseable {
  private final ModelConfig config;
  private final int rowTile;
  private final KernelLibrary kernels;
  private final Map<String, Tensor> weights = new HashMap<>();

  private CompiledModel(Artifact artifact) {
    TargetEntry target = artifact.manifest().targets().getFirst();
    this.config = artifact.manifest().config();
    this.rowTile = target.rowTile();
    this.kernels =
        KernelLibrary.load(
            artifact.resolve(target.kernels()),
            target.device() == Device.OPENCL ? TvmDevice.OPENCL : TvmDevice.CPU);
    try (SafetensorsFile file = SafetensorsFile.open(artifact.resolve(target.weights()))) {
      for (String name : file.names()) {
        weights.put(name, file.tensor(name));
      }
    }
  }

  static CompiledModel of(Artifact artifact) {
    return new CompiledModel(artifact);
  }

  /** The logits of all exits for each text. */
  List<float[]> logits(List<EncodedText> texts) {
    int sequences = texts.size();
    var offsets = new int[sequences + 1];
    for (int s = 0; s < sequences; s++) {
      offsets[s + 1] = offsets[s] + texts.get(s).length();
    }
    int tokens = offsets[sequences];
    int rows = tokens + rowTile - 1;
    int hidden = config.hiddenSize();
    Tensor x = embed(texts, offsets, tokens, rows);
    if (config.sharedLayers()) {
      x =
          dense(
              KernelNames.EMBED_PROJECTION, rows, hidden, tokens, x, PackedNames.EMBED_PROJECTION);
    }
    List<float[]> logits = new ArrayList<>();
    for (int s = 0; s < sequences; s++) {
      logits.add(new float[config.layers() * config.classes()]);
    }
    for (int depth = 1; depth <= config.layers(); depth++) {
      int own = Math.min(depth, config.distinctLayers());
      Tensor qkv = dense(KernelNames.QKV, rows, 3 * hidden, tokens, x, PackedNames.qkv(own));
      Tensor attended = call(KernelNames.ATTENTION, rows, hidden, List.of(sequences, offsets, qkv));
      Tensor middle =
          call(
              KernelNames.ATTENTION_OUTPUT,
              rows,
              hidden,
              List.of(
                  tokens,
                  attended,
                  weight(PackedNames.attentionOutput(own)),
                  bias(PackedNames.attentionOutput(own)),
                  x,
                  weight(PackedNames.attentionNorm(own)),
                  bias(PackedNames.attentionNorm(own))));
      Tensor raised =
          dense(
              KernelNames.FFN_UP,
              rows,
              config.intermediateSize(),
              tokens,
              middle,
              PackedNames.feedForwardUp(own));
      x =
          call(
              KernelNames.FFN_DOWN,
              rows,
              hidden,
              List.of(
                  tokens,
                  raised,
                  weight(PackedNames.feedForwardDown(own)),
                  bias(PackedNames.feedForwardDown(own)),
                  middle,
                  weight(PackedNames.feedForwardNorm(own)),
                  bias(PackedNames.feedForwardNorm(own))));
      exit(depth, sequences, offsets, x, logits);
    }
    return logits;
  }

  private Tensor embed(List<EncodedText> texts, int[] offsets, int tokens, int rows) {
    var ids = new int[rows];
    var types = new int[rows];
    var positions = new int[rows];
    for (int s = 0; s < texts.size(); s++) {
      for (int t = 0; t < texts.get(s).length(); t++) {
        ids[offsets[s] + t] = texts.get(s).id(t);
        types[offsets[s] + t] = texts.get(s).type(t);
        positions[offsets[s] + t] = t;
      }
    }
    return call(
        KernelNames.EMBED,
        rows,
        config.embeddingSize(),
        List.of(
            tokens,
            ids,
            positions,
            types,
            tensor(PackedNames.WORD),
            tensor(PackedNames.POSITION),
            tensor(PackedNames.TYPE),
            weight(PackedNames.EMBED_NORM),
            bias(PackedNames.EMBED_NORM)));
  }

  private void exit(int depth, int sequences, int[] offsets, Tensor x, List<float[]> logits) {
    int classes = config.classes();
    Tensor answers =
        call(
            KernelNames.EXIT_HEAD,
            sequences,
            classes,
            List.of(
                sequences,
                offsets,
                x,
                weight(PackedNames.POOLER),
                bias(PackedNames.POOLER),
                weight(PackedNames.exit(depth)),
                bias(PackedNames.exit(depth))));
    for (int s = 0; s < sequences; s++) {
      float[] row = Arrays.copyOfRange(answers.values(), s * classes, (s + 1) * classes);
      System.arraycopy(row, 0, logits.get(s), (depth - 1) * classes, classes);
    }
  }

  private Tensor dense(String kernel, int rows, int width, int tokens, Tensor x, String name) {
    return call(kernel, rows, width, List.of(tokens, x, weight(name), bias(name)));
  }

  private Tensor call(String kernel, int rows, int width, List<Object> arguments) {
    return Tensor.of(kernels.call(kernel, rows, width, arguments), rows, width);
  }

  private Tensor weight(String prefix) {
    return tensor(prefix + ".weight");
  }

  private Tensor bias(String prefix) {
    return tensor(prefix + ".bias");
  }

  private Tensor tensor(String name) {
    Tensor tensor = weights.get(name);
    if (tensor == null) {
      throw new IllegalStateException("no tensor " + name);
    }
    return tensor;
  }

  @Override
  public void close() {
    kernels.close();
  }
}
