package dev.offramp.server.tvm;

import dev.offramp.model.artifact.PackedNames;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.SafetensorsFile;
import dev.offramp.model.checkpoint.TensorInfo;
import dev.offramp.model.checkpoint.TensorInfo.ElementType;
import dev.offramp.model.io.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The packed weights of a target, in native memory as the kernels read them.
 *
 * <p>They are copied from the file rather than mapped: kernels load whole vectors from 64-byte
 * boundaries, which a safetensors file does not promise.
 *
 * <p>Threading: safe for all threads; nothing writes to them. Ownership: {@link #close} frees them.
 */
final class TvmWeights implements AutoCloseable {

  /** The weight and bias, or gain and shift, of one step: handles of two tensors. */
  record Pair(long weight, long bias) {}

  /** The weights of one layer. */
  record Layer(
      Pair qkv,
      Pair attentionOutput,
      Pair attentionNorm,
      Pair feedForwardUp,
      Pair feedForwardDown,
      Pair feedForwardNorm) {}

  private final List<NativeTensor> owned;
  private final Path path;
  final long word;
  final long position;
  final long type;
  final Pair embedNorm;
  final Pair pooler;
  final List<Layer> layers;
  final List<Pair> exits;

  private TvmWeights(
      SafetensorsFile file, Path path, ModelConfig config, List<NativeTensor> owned) {
    this.path = path;
    this.owned = owned;
    int h = config.hiddenSize();
    int i = config.intermediateSize();
    int c = config.classes();
    word = plain(file, PackedNames.WORD, config.vocabSize(), h);
    position = plain(file, PackedNames.POSITION, config.maxPositions(), h);
    type = plain(file, PackedNames.TYPE, config.typeVocabSize(), h);
    embedNorm = norm(file, PackedNames.EMBED_NORM, h);
    pooler = packed(file, PackedNames.POOLER, h, h);
    var allLayers = new ArrayList<Layer>();
    var allExits = new ArrayList<Pair>();
    for (int depth = 1; depth <= config.layers(); depth++) {
      allLayers.add(
          new Layer(
              packed(file, PackedNames.qkv(depth), 3L * h, h),
              packed(file, PackedNames.attentionOutput(depth), h, h),
              norm(file, PackedNames.attentionNorm(depth), h),
              packed(file, PackedNames.feedForwardUp(depth), i, h),
              packed(file, PackedNames.feedForwardDown(depth), h, i),
              norm(file, PackedNames.feedForwardNorm(depth), h)));
      String exit = PackedNames.exit(depth);
      allExits.add(new Pair(plain(file, exit + ".weight", c, h), plain(file, exit + ".bias", c)));
    }
    layers = List.copyOf(allLayers);
    exits = List.copyOf(allExits);
  }

  static TvmWeights load(Path path, ModelConfig config) {
    var owned = new ArrayList<NativeTensor>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return new TvmWeights(file, path, config, owned);
    } catch (RuntimeException | Error e) {
      owned.forEach(NativeTensor::close);
      throw e;
    }
  }

  private Pair norm(SafetensorsFile file, String prefix, int width) {
    return new Pair(plain(file, prefix + ".weight", width), plain(file, prefix + ".bias", width));
  }

  /** A GEMM's weight in its kernel's own layout, which may pad it, and its bias. */
  private Pair packed(SafetensorsFile file, String prefix, long outputs, long inputs) {
    String name = prefix + ".weight";
    TensorInfo info = file.info(name);
    if (info.elements() < outputs * inputs) {
      throw refuse(name, info, "at least " + outputs * inputs + " elements");
    }
    return new Pair(copy(file, name, info), plain(file, prefix + ".bias", outputs));
  }

  private long plain(SafetensorsFile file, String name, long... shape) {
    TensorInfo info = file.info(name);
    List<Long> expected = Arrays.stream(shape).boxed().toList();
    if (!info.shape().equals(expected)) {
      throw refuse(name, info, expected.toString());
    }
    return copy(file, name, info);
  }

  private long copy(SafetensorsFile file, String name, TensorInfo info) {
    if (info.type() != ElementType.F32) {
      throw refuse(name, info, "float32");
    }
    NativeTensor tensor =
        NativeTensor.floats(info.shape().stream().mapToLong(Long::longValue).toArray());
    owned.add(tensor);
    MemorySegment.copy(file.segment(name), 0, tensor.data(), 0, info.bytes());
    return tensor.handle();
  }

  private ModelFormatException refuse(String name, TensorInfo info, String expected) {
    return new ModelFormatException(
        path,
        "tensor '"
            + name
            + "': "
            + info.type()
            + " "
            + info.shape()
            + " (expected: "
            + expected
            + ", by the manifest)");
  }

  @Override
  public void close() {
    owned.forEach(NativeTensor::close);
  }
}
