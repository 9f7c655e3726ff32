package dev.offramp.server.tvm;

import dev.offramp.model.artifact.Device;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Where weights are while kernels use them: in the mapped file itself, or copied to a device.
 *
 * <p>Ownership: {@link #close} frees descriptions and copies, not the file.
 */
final class WeightMemory implements AutoCloseable {
  private final Device device;
  private final Arena arena = Arena.ofShared();
  private final List<DeviceTensor> copies = new ArrayList<>();

  WeightMemory(Device device) {
    this.device = device;
  }

  /** Whether the file is needed no longer once all is placed. */
  boolean copies() {
    return device == Device.OPENCL;
  }

  /**
   * Makes a tensor of a part of the file.
   *
   * @return its address, as kernels take it
   */
  long place(MemorySegment data, String type, long... shape) {
    return switch (device) {
      case CPU -> DlTensor.over(arena, data, type, shape);
      case OPENCL -> {
        var copy = new DeviceTensor(type, shape);
        copies.add(copy);
        copy.fill(data);
        yield copy.handle();
      }
    };
  }

  @Override
  public void close() {
    copies.forEach(DeviceTensor::close);
    arena.close();
  }
}
