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
 * <p>Shapes: {@code R} rows of capacity; {@code S} texts; {@code H} hidden, {@code I} intermediate
 * size; {@code C} classes. A batch of {@code T} tokens uses rows 0 to {@code T - 1}; products
 * compute up to the end of their last tile.
 *
 * <p>Two buffers {@code [R, H]} take turns as the layers' input: dropping texts copies the
 * survivors into the other one.
 */
final class TvmKernels implements LayerKernels {

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
    this.classes = config.classes();
    this.weights = weights;
    this.packing = new Packing(maxTokens, maxSequences);
    long r = maxTokens + rowTile - 1L;
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
      // A layer's halves follow each other: what attention leaves behind, the feed-forward layer
      // may
      // overwrite. Its rows are as wide as query, key, value and context, or a little wider or not.
      long attentionBytes = 4L * r * 4 * h;
      long wideBytes = 4L * r * config.intermediateSize();
      MemorySegment scratch =
          own(NativeTensor.floats(Math.max(attentionBytes, wideBytes) / 4)).data();
      long projections =
          DlTensor.over(arena, scratch.asSlice(0, 12L * r * h), "float32", r, 3L * h);
      long context =
          DlTensor.over(arena, scratch.asSlice(12L * r * h, 4L * r * h), "float32", r, h);
      long wide =
          DlTensor.over(
              arena, scratch.asSlice(0, wideBytes), "float32", r, config.intermediateSize());

      embed =
          call(functions, KernelNames.EMBED, 9)
              .set(1, ids.handle(), positions.handle())
              .set(3, types.handle())
              .set(4, weights.words, weights.positions)
              .set(6, weights.types)
              .setAll(7, weights.embedNorm);
      int packed = weights.projectionTensors();
      qkv = call(functions, KernelNames.QKV, 2 + packed).set(2 + packed, projections);
      attention =
          call(functions, KernelNames.ATTENTION, 3)
              .set(1, offsets.handle(), projections)
              .set(3, context);
      attentionOutput = call(functions, KernelNames.ATTENTION_OUTPUT, 5 + packed).set(1, context);
      feedForwardUp = call(functions, KernelNames.FFN_UP, 2 + packed).set(2 + packed, wide);
      feedForwardDown = call(functions, KernelNames.FFN_DOWN, 5 + packed).set(1, wide);
      exitHead =
          call(functions, KernelNames.EXIT_HEAD, 5 + packed)
              .set(1, offsets.handle())
              .setAll(3, weights.pooler)
              .set(5 + packed, logits.handle());
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
    int tokens = packing.tokens();
    qkv.set(0, tokens, hidden).setAll(2, layer.qkv()).run();
    attention.set(0, packing.sequences()).run();
    residual(attentionOutput, layer.attentionOutput(), hidden, layer.attentionNorm(), middle);
    feedForwardUp.set(0, tokens, middle).setAll(2, layer.feedForwardUp()).run();
    residual(feedForwardDown, layer.feedForwardDown(), middle, layer.feedForwardNorm(), hidden);
  }

  private void residual(KernelCall call, long[] packed, long residual, long[] norm, long out) {
    int next = 2 + packed.length;
    call.set(0, packing.tokens())
        .setAll(2, packed)
        .set(next, residual)
        .setAll(next + 1, norm)
        .set(next + 3, out)
        .run();
  }

  @Override
  public void exit(int depth, float[] out) {
    int next = 3 + weights.projectionTensors();
    exitHead
        .set(0, packing.sequences())
        .set(2, hidden)
        .setAll(next, weights.exits.get(depth - 1))
        .run();
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
