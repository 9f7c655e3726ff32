package dev.offramp.server.tvm;

import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.LayerKernels;
import dev.offramp.server.engine.Packing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.tvm.Function;

/**
 * One worker's kernels and buffers.
 *
 * <p>Shapes: {@code R} rows of capacity, a multiple of the row tile; {@code S} texts; {@code H}
 * hidden, {@code I} intermediate size; {@code C} classes. A batch of {@code T} tokens uses rows 0
 * to {@code T - 1}; GEMMs compute up to the end of the last tile.
 *
 * <p>Two buffers {@code [R, H]} take turns as the layers' input: dropping texts copies the
 * survivors into the other one.
 */
final class TvmKernels implements LayerKernels {

  private final int rowTile;
  private final int classes;
  private final TvmWeights weights;
  private final Packing packing;
  private final Arena arena = Arena.ofShared();
  private final List<NativeTensor> tensors = new ArrayList<>();

  private final NativeTensor ids; // [R]
  private final NativeTensor positions; // [R]
  private final NativeTensor types; // [R]
  private final NativeTensor rows; // [R]
  private final NativeTensor offsets; // [S + 1]
  private final NativeTensor logits; // [S, C]
  private final int[] keptRows; // [R]

  private final KernelCall embed;
  private final KernelCall qkv;
  private final KernelCall attention;
  private final KernelCall attentionOutput;
  private final KernelCall feedForwardUp;
  private final KernelCall feedForwardDown;
  private final KernelCall exitHead;
  private final KernelCall compact;

  /** The layers' input and output, {@code [R, H]}. */
  private long hidden;

  /** Between attention and feed-forward, {@code [R, H]}; free between layers. */
  private long middle;

  TvmKernels(
      ModelConfig config,
      int rowTile,
      Map<String, Function> functions,
      TvmWeights weights,
      int maxTokens,
      int maxSequences) {
    this.rowTile = rowTile;
    this.classes = config.classes();
    this.weights = weights;
    this.packing = new Packing(maxTokens, maxSequences);
    long r = (long) Math.ceilDiv(maxTokens, rowTile) * rowTile;
    int h = config.hiddenSize();
    keptRows = new int[Math.toIntExact(r)];
    try {
      ids = own(NativeTensor.ints(r));
      positions = own(NativeTensor.ints(r));
      types = own(NativeTensor.ints(r));
      rows = own(NativeTensor.ints(r));
      offsets = own(NativeTensor.ints(maxSequences + 1L));
      logits = own(NativeTensor.floats(maxSequences, classes));
      hidden = own(NativeTensor.floats(r, h)).handle();
      middle = own(NativeTensor.floats(r, h)).handle();
      long context = own(NativeTensor.floats(r, h)).handle();
      long projections = own(NativeTensor.floats(r, 3L * h)).handle();
      long wide = own(NativeTensor.floats(r, config.intermediateSize())).handle();

      embed =
          call(functions, KernelNames.EMBED, 9)
              .set(1, ids.handle(), positions.handle())
              .set(3, types.handle())
              .set(4, weights.word, weights.position)
              .set(6, weights.type)
              .set(7, weights.embedNorm.weight(), weights.embedNorm.bias());
      qkv = call(functions, KernelNames.QKV, 4).set(4, projections);
      attention =
          call(functions, KernelNames.ATTENTION, 3)
              .set(1, offsets.handle(), projections)
              .set(3, context);
      attentionOutput = call(functions, KernelNames.ATTENTION_OUTPUT, 7).set(1, context);
      feedForwardUp = call(functions, KernelNames.FFN_UP, 4).set(4, wide);
      feedForwardDown = call(functions, KernelNames.FFN_DOWN, 7).set(1, wide);
      exitHead =
          call(functions, KernelNames.EXIT_HEAD, 7)
              .set(1, offsets.handle())
              .set(3, weights.pooler.weight(), weights.pooler.bias())
              .set(7, logits.handle());
      compact = call(functions, KernelNames.COMPACT, 3).set(1, rows.handle());
    } catch (RuntimeException | Error e) {
      close(); // Nobody else can: they have no reference yet.
      throw e;
    }
  }

  @Override
  public void start(List<EncodedText> texts) {
    packing.start(texts);
    MemorySegment idRows = ids.data();
    MemorySegment positionRows = positions.data();
    MemorySegment typeRows = types.data();
    int row = 0;
    for (EncodedText text : texts) {
      for (int t = 0; t < text.length(); t++, row++) {
        idRows.setAtIndex(ValueLayout.JAVA_INT, row, text.id(t));
        positionRows.setAtIndex(ValueLayout.JAVA_INT, row, t);
        typeRows.setAtIndex(ValueLayout.JAVA_INT, row, text.type(t));
      }
    }
    writeOffsets();
    embed.set(0, packing.tokens()).set(9, hidden).run();
  }

  @Override
  public void layer(int depth) {
    TvmWeights.Layer layer = weights.layers.get(depth - 1);
    int tiles = Math.ceilDiv(packing.tokens(), rowTile);
    qkv.set(0, tiles, hidden).set(2, layer.qkv().weight(), layer.qkv().bias()).run();
    attention.set(0, packing.sequences()).run();
    attentionOutput
        .set(0, tiles)
        .set(2, layer.attentionOutput().weight(), layer.attentionOutput().bias())
        .set(4, hidden)
        .set(5, layer.attentionNorm().weight(), layer.attentionNorm().bias())
        .set(7, middle)
        .run();
    feedForwardUp
        .set(0, tiles, middle)
        .set(2, layer.feedForwardUp().weight(), layer.feedForwardUp().bias())
        .run();
    feedForwardDown
        .set(0, tiles)
        .set(2, layer.feedForwardDown().weight(), layer.feedForwardDown().bias())
        .set(4, middle)
        .set(5, layer.feedForwardNorm().weight(), layer.feedForwardNorm().bias())
        .set(7, hidden)
        .run();
  }

  @Override
  public void exit(int depth, float[] out) {
    TvmWeights.Pair exit = weights.exits.get(depth - 1);
    exitHead.set(0, packing.sequences()).set(2, hidden).set(5, exit.weight(), exit.bias()).run();
    MemorySegment.copy(
        logits.data(), ValueLayout.JAVA_FLOAT, 0, out, 0, packing.sequences() * classes);
  }

  @Override
  public void keep(int[] survivors, int count) {
    packing.keep(survivors, count, keptRows);
    MemorySegment.copy(keptRows, 0, rows.data(), ValueLayout.JAVA_INT, 0, packing.tokens());
    writeOffsets();
    compact.set(0, packing.tokens()).set(2, hidden, middle).run();
    long dropped = hidden;
    hidden = middle;
    middle = dropped;
  }

  private void writeOffsets() {
    MemorySegment.copy(
        packing.offsets(), 0, offsets.data(), ValueLayout.JAVA_INT, 0, packing.sequences() + 1);
  }

  /* Rows beyond a batch's last are computed and ignored: zeros keep them from being slow numbers. */
  private NativeTensor own(NativeTensor tensor) {
    tensors.add(tensor);
    tensor.data().fill((byte) 0);
    return tensor;
  }

  private KernelCall call(Map<String, Function> functions, String name, int tensorArguments) {
    Function function = Objects.requireNonNull(functions.get(name), name);
    return new KernelCall(arena, name, function, 1, tensorArguments);
  }

  @Override
  public void close() {
    tensors.forEach(NativeTensor::close);
    arena.close();
  }
}
