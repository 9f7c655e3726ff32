package dev.offramp.server.tvm;

import dev.offramp.model.artifact.Device;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.LayerKernels;
import dev.offramp.server.engine.Packing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.tvm.Function;
import org.jspecify.annotations.Nullable;

/**
 * One worker's kernels and buffers.
 *
 * <p>Shapes: {@code R} rows of capacity; {@code S} texts; {@code E} embedding, {@code H} hidden,
 * {@code I} intermediate size; {@code C} classes. A batch of {@code T} tokens uses rows 0 to {@code
 * T - 1}; products compute up to the end of their last tile.
 *
 * <p>Two buffers {@code [R, H]} take turns as the layers' input: dropping texts copies the
 * survivors into the other one.
 */
final class TvmKernels implements LayerKernels {

  private final int classes;
  private final int width;
  private final TvmWeights weights;
  private final Packing packing;
  private final Arena arena = Arena.ofShared();
  private final BatchMemory memory;
  private final int[] keptRows; // [R]

  private final KernelCall embed;

  /** From E to H, of an ALBERT. */
  private final @Nullable KernelCall embedProjection;

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
      Device device,
      int rowTile,
      Map<String, Function> functions,
      TvmWeights weights,
      int maxTokens,
      int maxSequences) {
    this.classes = config.classes();
    this.width = config.hiddenSize();
    this.weights = weights;
    this.packing = new Packing(maxTokens, maxSequences);
    int rows = Math.addExact(maxTokens, rowTile - 1);
    keptRows = new int[rows];
    var size = new BatchMemory.Size(config, rows, maxSequences);
    memory =
        switch (device) {
          case CPU -> new HostMemory(size);
          case OPENCL -> new DeviceMemory(size);
        };
    hidden = memory.hidden();
    middle = memory.middle();
    try {
      embed =
          call(functions, KernelNames.EMBED, 9)
              .set(1, memory.ids(), memory.positions())
              .set(3, memory.types())
              .set(4, weights.words, weights.positions)
              .set(6, weights.types)
              .setAll(7, weights.embedNorm);
      int packed = weights.projectionTensors();
      embedProjection =
          config.sharedLayers()
              ? call(functions, KernelNames.EMBED_PROJECTION, 2 + packed)
                  .set(1, memory.embedded())
                  .setAll(2, weights.embedProjection)
              : null;
      qkv = call(functions, KernelNames.QKV, 2 + packed).set(2 + packed, memory.projections());
      attention =
          call(functions, KernelNames.ATTENTION, 3)
              .set(1, memory.offsets(), memory.projections())
              .set(3, memory.context());
      attentionOutput =
          call(functions, KernelNames.ATTENTION_OUTPUT, 5 + packed).set(1, memory.context());
      feedForwardUp =
          call(functions, KernelNames.FFN_UP, 2 + packed).set(2 + packed, memory.wide());
      feedForwardDown = call(functions, KernelNames.FFN_DOWN, 5 + packed).set(1, memory.wide());
      exitHead =
          call(functions, KernelNames.EXIT_HEAD, 5 + packed)
              .set(1, memory.offsets())
              .setAll(3, weights.pooler)
              .set(5 + packed, memory.logits());
      compact = call(functions, KernelNames.COMPACT, 3).set(1, memory.rows());
    } catch (RuntimeException | Error e) {
      close(); // Nobody else can: they have no reference yet.
      throw e;
    }
  }

  @Override
  public void start(List<EncodedText> texts) {
    packing.start(texts);
    memory.lay(packing.tokens(), packing.sequences());
    MemorySegment ints = memory.ints();
    int row = 0;
    for (EncodedText text : texts) {
      for (int t = 0; t < text.length(); t++, row++) {
        ints.setAtIndex(ValueLayout.JAVA_INT, memory.idsAt() + row, text.id(t));
        ints.setAtIndex(ValueLayout.JAVA_INT, memory.positionsAt() + row, t);
        ints.setAtIndex(ValueLayout.JAVA_INT, memory.typesAt() + row, text.type(t));
      }
    }
    writeInts(packing.offsets(), memory.offsetsAt(), packing.sequences() + 1);
    memory.sendBatch();
    embed(packing.tokens());
  }

  private void embed(int tokens) {
    embed.set(0, tokens).set(9, embedProjection == null ? hidden : memory.embedded()).run();
    if (embedProjection != null) {
      embedProjection.set(0, tokens).set(2 + weights.projectionTensors(), hidden).run();
    }
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
    memory.readLogits(out, packing.sequences() * classes);
  }

  @Override
  public void keep(int[] survivors, int count) {
    packing.keep(survivors, count, keptRows);
    memory.lay(packing.tokens(), packing.sequences());
    writeInts(keptRows, memory.rowsAt(), packing.tokens());
    writeInts(packing.offsets(), memory.offsetsAt(), packing.sequences() + 1);
    memory.sendKept();
    compact.set(0, packing.tokens()).set(2, hidden, middle).run();
    long dropped = hidden;
    hidden = middle;
    middle = dropped;
  }

  @Override
  public void save(int text, float[] rows) {
    requireRows(rows, packing.offset(text + 1) - packing.offset(text));
    memory.readRows(hidden, packing.offset(text), rows);
  }

  @Override
  public void resume(List<float[]> rows) {
    packing.clear();
    join(rows);
  }

  @Override
  public void join(List<float[]> rows) {
    int first = packing.sequences();
    for (float[] text : rows) {
      packing.add(text.length / width);
    }
    for (int s = 0; s < rows.size(); s++) {
      requireRows(rows.get(s), packing.offset(first + s + 1) - packing.offset(first + s));
      memory.writeRows(hidden, packing.offset(first + s), rows.get(s));
    }
    memory.lay(packing.tokens(), packing.sequences());
    writeInts(packing.offsets(), memory.offsetsAt(), packing.sequences() + 1);
    memory.sendKept();
  }

  private void requireRows(float[] rows, int tokens) {
    if (rows.length != tokens * width) {
      throw new IllegalArgumentException(
          "rows: %d values (expected: %d tokens of %d)".formatted(rows.length, tokens, width));
    }
  }

  private void writeInts(int[] values, int at, int count) {
    MemorySegment.copy(
        values, 0, memory.ints(), ValueLayout.JAVA_INT, (long) at * Integer.BYTES, count);
  }

  private KernelCall call(Map<String, Function> functions, String name, int tensorArguments) {
    Function function = Objects.requireNonNull(functions.get(name), name);
    return new KernelCall(arena, name, function, 1, tensorArguments);
  }

  @Override
  public void close() {
    memory.close();
    arena.close();
  }
}
