package dev.offramp.trainer;

import ai.djl.ndarray.types.Shape;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.TensorNames;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where each tensor of a model lies in the one vector that holds all of its parameters.
 *
 * <p>One vector makes an optimizer step, a gradient's norm and a saved state one loop each.
 * Neighbours that are used as one matrix (query, key and value; the classifiers of all exits) lie
 * side by side, so that one slice of the vector is that matrix, though a checkpoint names its
 * parts. The layer that all depths of an ALBERT share lies here once.
 *
 * <p>Shapes: V vocabulary, P positions, Y token types, H hidden, I intermediate, M layers, C
 * classes. A weight is {@code [out, in]}.
 */
final class ParameterLayout {
  private static final int[] NONE = {};

  private final List<Slice> slices = new ArrayList<>();
  private long size;

  /** A classifier's: the backbone, the pooler and the exits. */
  ParameterLayout(ModelConfig config) {
    addBackbone(config);
    int hidden = config.hiddenSize();
    addLinear(TensorNames.POOLER, hidden, hidden);
    List<String> exits =
        IntStream.rangeClosed(1, config.layers())
            .mapToObj(depth -> TensorNames.exit(depth, config.layers()))
            .toList();
    addStacked(exits, config.classes(), hidden); // [M C, H], [M C]
  }

  private ParameterLayout() {}

  /**
   * A masked language model's: the backbone, and a head that shares the word embeddings. It has no
   * exits.
   *
   * <p>The head's names are those of Hugging Face's {@code BertForMaskedLM}.
   */
  static ParameterLayout ofLanguageModel(ModelConfig config) {
    var layout = new ParameterLayout();
    layout.addBackbone(config);
    int hidden = config.hiddenSize();
    int embedding = config.embeddingSize();
    layout.addLinear("cls.predictions.transform.dense", embedding, hidden);
    layout.addNorm("cls.predictions.transform.LayerNorm", embedding);
    layout.add(Kind.BIAS, List.of("cls.predictions.bias"), config.vocabSize(), NONE);
    return layout;
  }

  private void addBackbone(ModelConfig config) {
    int hidden = config.hiddenSize();
    int inner = config.intermediateSize();
    int embedding = config.embeddingSize();
    addTable(TensorNames.WORD_EMBEDDINGS, config.vocabSize(), embedding);
    addTable(TensorNames.POSITION_EMBEDDINGS, config.maxPositions(), embedding);
    addTable(TensorNames.TYPE_EMBEDDINGS, config.typeVocabSize(), embedding);
    addNorm(TensorNames.EMBEDDING_NORM, embedding);
    if (config.sharedLayers()) {
      addLinear(TensorNames.EMBEDDING_PROJECTION, hidden, embedding);
    }
    for (int depth = 1; depth <= config.distinctLayers(); depth++) {
      List<String> projections =
          List.of(TensorNames.query(depth), TensorNames.key(depth), TensorNames.value(depth));
      addStacked(projections, hidden, hidden); // [3H, H], [3H]
      addLinear(TensorNames.attentionOutput(depth), hidden, hidden);
      addNorm(TensorNames.attentionNorm(depth), hidden);
      addLinear(TensorNames.feedForwardUp(depth), inner, hidden);
      addLinear(TensorNames.feedForwardDown(depth), hidden, inner);
      addNorm(TensorNames.feedForwardNorm(depth), hidden);
    }
  }

  /** What a tensor is, which decides how it starts and whether it decays. */
  enum Kind {
    /** A matrix: starts from a normal distribution, decays. */
    WEIGHT,
    /** A bias: starts at zero, does not decay. */
    BIAS,
    /** A LayerNorm's gain: starts at one, does not decay. */
    GAIN
  }

  /**
   * One or more tensors that lie side by side and are used as one.
   *
   * @param names a checkpoint's names of the parts, which are equal in shape
   * @param offset where the first part starts
   * @param partShape the shape of one part; the slice stacks the parts along the first dimension
   */
  record Slice(Kind kind, List<String> names, long offset, List<Integer> partShape) {
    Slice {
      names = List.copyOf(names);
      partShape = List.copyOf(partShape);
    }

    int partSize() {
      return partShape.stream().reduce(1, Math::multiplyExact);
    }

    long size() {
      return (long) partSize() * names.size();
    }

    /** Where it lies. */
    Range range() {
      return new Range(Math.toIntExact(offset), Math.toIntExact(offset + size()));
    }

    /** The shape of the parts stacked along their first dimension. */
    Shape stackedShape() {
      long[] shape = partShape.stream().mapToLong(Integer::longValue).toArray();
      shape[0] *= names.size();
      return new Shape(shape);
    }
  }

  /** The slices in the order in which they lie, without gaps. */
  List<Slice> slices() {
    return List.copyOf(slices);
  }

  /** Of these the exits' classifiers, weights and biases; a part is an exit. */
  List<Slice> exits() {
    return List.copyOf(slices.subList(slices.size() - 2, slices.size()));
  }

  /** Where the classifiers of all exits but the last lie. */
  List<Range> internalExits() {
    return exits().stream()
        .map(slice -> {
          int from = slice.range().from();
          return new Range(from, from + slice.partSize() * (slice.names().size() - 1));
        })
        .toList();
  }

  /** Where all else lies. */
  List<Range> allButInternalExits() {
    var all = new ArrayList<Range>();
    int from = 0;
    for (Range exits : internalExits()) {
      all.add(new Range(from, exits.from()));
      from = exits.to();
    }
    all.add(new Range(from, Math.toIntExact(size)));
    return List.copyOf(all);
  }

  /** The length of the vector. */
  long size() {
    return size;
  }

  /** The offsets at which one slice ends and the next begins. */
  long[] boundaries() {
    return slices.stream().skip(1).mapToLong(Slice::offset).toArray();
  }

  private void addLinear(String name, int out, int in) {
    addStacked(List.of(name), out, in);
  }

  private void addStacked(List<String> names, int out, int in) {
    add(Kind.WEIGHT, names.stream().map(name -> name + ".weight").toList(), out, in);
    add(Kind.BIAS, names.stream().map(name -> name + ".bias").toList(), out, NONE);
  }

  private void addNorm(String name, int size) {
    add(Kind.GAIN, List.of(name + ".weight"), size, NONE);
    add(Kind.BIAS, List.of(name + ".bias"), size, NONE);
  }

  private void addTable(String name, int rows, int columns) {
    add(Kind.WEIGHT, List.of(name), rows, columns);
  }

  private void add(Kind kind, List<String> names, int rows, int... columns) {
    List<Integer> shape =
        IntStream.concat(IntStream.of(rows), IntStream.of(columns)).boxed().toList();
    var slice = new Slice(kind, names, size, shape);
    slices.add(slice);
    size += slice.size();
  }
}
