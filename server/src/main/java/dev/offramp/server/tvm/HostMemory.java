package dev.offramp.server.tvm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** Buffers in the host's memory, which the kernels of CPUs read and write in place. */
final class HostMemory implements BatchMemory {
  private final Arena arena = Arena.ofShared();
  private final List<NativeTensor> tensors = new ArrayList<>();
  private final int capacity;
  private final int firstRow;
  private final MemorySegment ints;
  private final long offsets;
  private final long ids;
  private final long positions;
  private final long types;
  private final long rows;
  private final NativeTensor hidden;
  private final NativeTensor middle;
  private final int width;
  private final long embedded;
  private final long projections;
  private final long context;
  private final long wide;
  private final NativeTensor logits;

  HostMemory(Size size) {
    int h = size.config().hiddenSize();
    int i = size.config().intermediateSize();
    long r = size.rows();
    this.width = h;
    this.capacity = size.rows();
    this.firstRow = size.sequences() + 1;
    try {
      ints = own(NativeTensor.ints(firstRow + 4 * r)).data();
      offsets = part(0, firstRow);
      ids = part(idsAt(), r);
      positions = part(positionsAt(), r);
      types = part(typesAt(), r);
      rows = part(rowsAt(), r);
      hidden = own(NativeTensor.floats(r, h));
      middle = own(NativeTensor.floats(r, h));
      logits = own(NativeTensor.floats(size.sequences(), size.config().classes()));
      // A layer's halves follow each other: what attention leaves behind, the feed-forward layer
      // may overwrite. Its rows are as wide as query, key, value and context, or a little wider or
      // not.
      long attentionBytes = 4 * r * 4 * h;
      long wideBytes = 4 * r * i;
      MemorySegment scratch =
          own(NativeTensor.floats(Math.max(attentionBytes, wideBytes) / 4)).data();
      long e = size.config().embeddingSize();
      embedded = DlTensor.over(arena, scratch.asSlice(0, 4 * r * e), "float32", r, e);
      projections = DlTensor.over(arena, scratch.asSlice(0, 12 * r * h), "float32", r, 3L * h);
      context = DlTensor.over(arena, scratch.asSlice(12 * r * h, 4 * r * h), "float32", r, h);
      wide = DlTensor.over(arena, scratch.asSlice(0, wideBytes), "float32", r, i);
    } catch (RuntimeException | Error e) {
      close(); // Nobody else can: they have no reference yet.
      throw e;
    }
  }

  /* Rows beyond a batch's last are computed and ignored: zeros keep them from being slow numbers. */
  private NativeTensor own(NativeTensor tensor) {
    tensors.add(tensor);
    tensor.data().fill((byte) 0);
    return tensor;
  }

  private long part(int first, long count) {
    return DlTensor.over(
        arena,
        ints.asSlice(first * ValueLayout.JAVA_INT.byteSize(), count * Integer.BYTES),
        "int32",
        count);
  }

  @Override
  public void lay(int tokens, int sequences) {
    // Every part has its place for good.
  }

  @Override
  public MemorySegment ints() {
    return ints;
  }

  @Override
  public int offsetsAt() {
    return 0;
  }

  @Override
  public int idsAt() {
    return firstRow;
  }

  @Override
  public int positionsAt() {
    return firstRow + capacity;
  }

  @Override
  public int typesAt() {
    return firstRow + 2 * capacity;
  }

  @Override
  public int rowsAt() {
    return firstRow + 3 * capacity;
  }

  @Override
  public void sendBatch() {
    // It is there.
  }

  @Override
  public void sendKept() {
    // They are there.
  }

  @Override
  public void readLogits(float[] out, int count) {
    MemorySegment.copy(logits.data(), ValueLayout.JAVA_FLOAT, 0, out, 0, count);
  }

  @Override
  public void readRows(long buffer, int first, float[] rows) {
    MemorySegment.copy(data(buffer), ValueLayout.JAVA_FLOAT, at(first), rows, 0, rows.length);
  }

  @Override
  public void writeRows(long buffer, int first, float[] rows) {
    MemorySegment.copy(rows, 0, data(buffer), ValueLayout.JAVA_FLOAT, at(first), rows.length);
  }

  private MemorySegment data(long buffer) {
    return buffer == hidden.handle() ? hidden.data() : middle.data();
  }

  private long at(int row) {
    return (long) row * width * Float.BYTES;
  }

  @Override
  public long offsets() {
    return offsets;
  }

  @Override
  public long ids() {
    return ids;
  }

  @Override
  public long positions() {
    return positions;
  }

  @Override
  public long types() {
    return types;
  }

  @Override
  public long rows() {
    return rows;
  }

  @Override
  public long embedded() {
    return embedded;
  }

  @Override
  public long hidden() {
    return hidden.handle();
  }

  @Override
  public long middle() {
    return middle.handle();
  }

  @Override
  public long projections() {
    return projections;
  }

  @Override
  public long context() {
    return context;
  }

  @Override
  public long wide() {
    return wide;
  }

  @Override
  public long logits() {
    return logits.handle();
  }

  @Override
  public void close() {
    tensors.forEach(NativeTensor::close);
    arena.close();
  }
}
