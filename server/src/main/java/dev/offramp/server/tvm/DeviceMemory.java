package dev.offramp.server.tvm;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Buffers in an OpenCL device's memory.
 *
 * <p>The parts of a batch follow each other without gaps, so that one transfer takes them all; the
 * tensors of the parts begin where theirs begins this time. Only logits come back.
 */
final class DeviceMemory implements BatchMemory {
  private final Arena arena = Arena.ofShared();
  private final List<DeviceTensor> tensors = new ArrayList<>();
  private final MemorySegment ints;
  private final MemorySegment transfer;
  private final MemorySegment offsets;
  private final MemorySegment ids;
  private final MemorySegment positions;
  private final MemorySegment types;
  private final MemorySegment rows;
  private final MemorySegment projections;
  private final MemorySegment context;
  private final MemorySegment hiddenPart;
  private final MemorySegment middlePart;
  private final MemorySegment stagedRows;
  private final int width;
  private final MemorySegment embedded;
  private final long hidden;
  private final long middle;
  private final long wide;
  private final long logits;
  private final MemorySegment logitsOut;
  private final MemorySegment staged;
  private int tokens;
  private int firstRow;

  DeviceMemory(Size size) {
    int h = size.config().hiddenSize();
    int classes = size.config().classes();
    long r = size.rows();
    long most = size.sequences() + 1 + 3 * r;
    try {
      ints = arena.allocate(ValueLayout.JAVA_INT, most);
      DeviceTensor sent = own(new DeviceTensor("int32", most));
      transfer = over(sent, "int32", most);
      offsets = over(sent, "int32", most);
      ids = over(sent, "int32", most);
      positions = over(sent, "int32", most);
      types = over(sent, "int32", most);
      rows = over(sent, "int32", most);
      DeviceTensor input = own(new DeviceTensor("float32", r, h));
      hidden = input.handle();
      hiddenPart = over(input, "float32", r * h);
      DeviceTensor between = own(new DeviceTensor("float32", r, h));
      middle = between.handle();
      middlePart = over(between, "float32", r * h);
      width = h;
      stagedRows = arena.allocate(ValueLayout.JAVA_FLOAT, (long) size.config().maxPositions() * h);
      projections = over(own(new DeviceTensor("float32", r, 3L * h)), "float32", r, 3L * h);
      DeviceTensor narrow = own(new DeviceTensor("float32", r, h));
      context = over(narrow, "float32", r, h);
      embedded = over(narrow, "float32", r, size.config().embeddingSize());
      wide = own(new DeviceTensor("float32", r, size.config().intermediateSize())).handle();
      DeviceTensor made = own(new DeviceTensor("float32", size.sequences(), classes));
      logits = made.handle();
      logitsOut = over(made, "float32", (long) size.sequences() * classes);
      staged = arena.allocate(ValueLayout.JAVA_FLOAT, (long) size.sequences() * classes);
    } catch (RuntimeException | Error e) {
      close(); // Nobody else can: they have no reference yet.
      throw e;
    }
  }

  private DeviceTensor own(DeviceTensor tensor) {
    tensors.add(tensor);
    return tensor;
  }

  private MemorySegment over(DeviceTensor tensor, String type, long... shape) {
    return DlTensor.over(arena, DlTensor.OPENCL, tensor.data(), type, shape);
  }

  @Override
  public void lay(int tokens, int sequences) {
    this.tokens = tokens;
    this.firstRow = sequences + 1;
    DlTensor.move(offsets, offsetsAt(), firstRow);
    DlTensor.move(ids, idsAt(), tokens);
    DlTensor.move(positions, positionsAt(), tokens);
    DlTensor.move(types, typesAt(), tokens);
    DlTensor.move(rows, rowsAt(), tokens);
    // Attention launches as many work groups as these have rows.
    DlTensor.move(projections, 0, tokens);
    DlTensor.move(context, 0, tokens);
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
    return firstRow + tokens;
  }

  @Override
  public int typesAt() {
    return firstRow + 2 * tokens;
  }

  @Override
  public int rowsAt() {
    return firstRow;
  }

  @Override
  public void sendBatch() {
    send(firstRow + 3L * tokens);
  }

  @Override
  public void sendKept() {
    send(firstRow + (long) tokens);
  }

  private void send(long count) {
    DlTensor.move(transfer, 0, count);
    CApi.copyIn(transfer, ints, count * Integer.BYTES);
  }

  @Override
  public void readLogits(float[] out, int count) {
    DlTensor.move(logitsOut, 0, count);
    CApi.copyOut(logitsOut, staged, (long) count * Float.BYTES);
    MemorySegment.copy(staged, ValueLayout.JAVA_FLOAT, 0, out, 0, count);
  }

  @Override
  public void readRows(long buffer, int first, float[] rows) {
    MemorySegment part = rows(buffer, first, rows.length);
    CApi.copyOut(part, stagedRows, (long) rows.length * Float.BYTES);
    MemorySegment.copy(stagedRows, ValueLayout.JAVA_FLOAT, 0, rows, 0, rows.length);
  }

  @Override
  public void writeRows(long buffer, int first, float[] rows) {
    MemorySegment.copy(rows, 0, stagedRows, ValueLayout.JAVA_FLOAT, 0, rows.length);
    CApi.copyIn(rows(buffer, first, rows.length), stagedRows, (long) rows.length * Float.BYTES);
  }

  private MemorySegment rows(long buffer, int first, int values) {
    MemorySegment part = buffer == hidden ? hiddenPart : middlePart;
    DlTensor.move(part, (long) first * width, values);
    return part;
  }

  @Override
  public long offsets() {
    return offsets.address();
  }

  @Override
  public long ids() {
    return ids.address();
  }

  @Override
  public long positions() {
    return positions.address();
  }

  @Override
  public long types() {
    return types.address();
  }

  @Override
  public long rows() {
    return rows.address();
  }

  @Override
  public long embedded() {
    return embedded.address();
  }

  @Override
  public long hidden() {
    return hidden;
  }

  @Override
  public long middle() {
    return middle;
  }

  @Override
  public long projections() {
    return projections.address();
  }

  @Override
  public long context() {
    return context.address();
  }

  @Override
  public long wide() {
    return wide;
  }

  @Override
  public long logits() {
    return logits;
  }

  @Override
  public void close() {
    tensors.forEach(DeviceTensor::close);
    arena.close();
  }
}
