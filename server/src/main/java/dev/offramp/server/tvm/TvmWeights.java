package dev.offramp.server.tvm;

import dev.offramp.model.artifact.Device;
import dev.offramp.model.artifact.PackedNames;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.SafetensorsFile;
import dev.offramp.model.checkpoint.TensorInfo;
import dev.offramp.model.checkpoint.TensorInfo.ElementType;
import dev.offramp.model.io.ModelFormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The packed weights of a target: the mapped file itself, as the kernels of a CPU read it, or a
 * copy of it on a device.
 *
 * <p>Kernels take a {@code DLTensor}, a pointer with a shape, and ask for no alignment beyond an
 * element's. So nothing is copied: pages come from the disk cache when they are first touched, are
 * shared by all workers and by other servers of the same artifact, and rows of the vocabulary that
 * no text uses are never loaded. Handles are addresses of {@code DLTensor}s; a projection's are in
 * the order of {@link PackedNames#projection}, a norm's and an exit's are weight and bias.
 *
 * <p>Threading: safe for all threads; nothing writes to them. Ownership: {@link #close} unmaps
 * them.
 */
final class TvmWeights implements AutoCloseable {

  /** The weights of one layer; an ALBERT's depths have the same. */
  @SuppressWarnings("ArrayRecordComponent") // Handles for the hot path; nothing compares layers.
  record Layer(
      long[] qkv,
      long[] attentionOutput,
      long[] attentionNorm,
      long[] feedForwardUp,
      long[] feedForwardDown,
      long[] feedForwardNorm) {}

  private final SafetensorsFile file;
  private final Path path;
  private final List<String> suffixes;
  private final ElementType word;
  private final WeightMemory memory;
  final long words;
  final long positions;
  final long types;
  final long[] embedNorm;

  /** An ALBERT's projection of embeddings; of a BERT none. */
  final long[] embedProjection;

  final long[] pooler;
  final List<Layer> layers;
  final List<long[]> exits;

  private TvmWeights(
      SafetensorsFile file,
      Path path,
      ModelConfig config,
      WeightMemory memory,
      Precision precision) {
    this.file = file;
    this.path = path;
    this.memory = memory;
    this.suffixes = PackedNames.projection(precision);
    this.word = precision == Precision.FLOAT32 ? ElementType.F32 : ElementType.I32;
    int h = config.hiddenSize();
    int i = config.intermediateSize();
    int c = config.classes();
    int e = config.embeddingSize();
    words = plain(PackedNames.WORD, config.vocabSize(), e);
    positions = plain(PackedNames.POSITION, config.maxPositions(), e);
    types = plain(PackedNames.TYPE, config.typeVocabSize(), e);
    embedNorm = norm(PackedNames.EMBED_NORM, e);
    embedProjection =
        config.sharedLayers() ? packed(PackedNames.EMBED_PROJECTION, h, e) : new long[0];
    pooler = packed(PackedNames.POOLER, h, h);
    var allLayers = new ArrayList<Layer>();
    var allExits = new ArrayList<long[]>();
    for (int depth = 1; depth <= config.distinctLayers(); depth++) {
      allLayers.add(
          new Layer(
              packed(PackedNames.qkv(depth), 3L * h, h),
              packed(PackedNames.attentionOutput(depth), h, h),
              norm(PackedNames.attentionNorm(depth), h),
              packed(PackedNames.feedForwardUp(depth), i, h),
              packed(PackedNames.feedForwardDown(depth), h, i),
              norm(PackedNames.feedForwardNorm(depth), h)));
    }
    for (int depth = 1; depth <= config.layers(); depth++) {
      String exit = PackedNames.exit(depth);
      allExits.add(
          new long[] {plain(exit + PackedNames.WEIGHT, c, h), plain(exit + PackedNames.BIAS, c)});
    }
    layers =
        config.sharedLayers()
            ? Collections.nCopies(config.layers(), allLayers.getFirst())
            : List.copyOf(allLayers);
    exits = List.copyOf(allExits);
  }

  static TvmWeights load(Path path, ModelConfig config, Device device, Precision precision) {
    SafetensorsFile file = SafetensorsFile.open(path);
    var memory = new WeightMemory(device);
    try {
      var weights = new TvmWeights(file, path, config, memory, precision);
      if (memory.copies()) {
        file.close(); // Its pages need not stay.
      }
      return weights;
    } catch (RuntimeException | Error e) {
      memory.close();
      file.close();
      if (memory.copies()
          && e instanceof RuntimeException
          && !(e instanceof ModelFormatException)) {
        throw new ModelFormatException(
            path,
            "cannot be copied to the OpenCL device: "
                + CApi.withoutStack(String.valueOf(e.getMessage())),
            e);
      }
      throw e;
    }
  }

  /** How many tensors a projection has. */
  int projectionTensors() {
    return suffixes.size();
  }

  private long[] norm(String prefix, int width) {
    return new long[] {
      plain(prefix + PackedNames.WEIGHT, width), plain(prefix + PackedNames.BIAS, width)
    };
  }

  /**
   * A product's tensors. The weight lies in its kernel's own layout, which the kernel checks when
   * it is called; here it must only be as large as the model makes it.
   */
  private long[] packed(String prefix, long outputs, long inputs) {
    var handles = new long[suffixes.size()];
    for (int i = 0; i < handles.length; i++) {
      String name = prefix + suffixes.get(i);
      handles[i] =
          switch (suffixes.get(i)) {
            case PackedNames.WEIGHT -> weight(name, outputs * inputs);
            case PackedNames.CORRECTION -> plain(name, ElementType.I32, outputs);
            default -> plain(name, outputs);
          };
    }
    return handles;
  }

  private long weight(String name, long elements) {
    TensorInfo info = file.info(name);
    // A word of bf16 or int8 holds several elements, at most four.
    long least = word == ElementType.F32 ? elements : Math.ceilDiv(elements, 4);
    if (info.type() != word || info.elements() < least) {
      throw refuse(name, info, "at least " + least + " elements of " + word);
    }
    return tensor(name, info);
  }

  private long plain(String name, long... shape) {
    return plain(name, ElementType.F32, shape);
  }

  private long plain(String name, ElementType type, long... shape) {
    TensorInfo info = file.info(name);
    List<Long> expected = Arrays.stream(shape).boxed().toList();
    if (info.type() != type || !info.shape().equals(expected)) {
      throw refuse(name, info, type + " " + expected);
    }
    return tensor(name, info);
  }

  private long tensor(String name, TensorInfo info) {
    long[] shape = info.shape().stream().mapToLong(Long::longValue).toArray();
    String type = info.type() == ElementType.I32 ? "int32" : "float32";
    return memory.place(file.segment(name), type, shape);
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
    memory.close();
    if (!memory.copies()) {
      file.close();
    }
  }
}
