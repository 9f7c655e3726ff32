package dev.offramp.server.tvm;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.apache.tvm.Device;
import org.apache.tvm.Function;
import org.apache.tvm.NDArray;
import org.apache.tvm.TVMType;

/**
 * An array in the first OpenCL device's memory.
 *
 * <p>Ownership: {@link #close} frees it, once what the device has to do is done.
 */
final class DeviceTensor implements AutoCloseable {
  private final NDArray array;
  private final long handle;

  /** Whether there is a device: the binding's own {@code Device.exist} calls a missing function. */
  static boolean deviceExists() {
    Function attribute = Function.getFunction("runtime.GetDeviceAttr");
    try {
      return attribute
              .pushArg(DlTensor.OPENCL)
              .pushArg(0) // The first device.
              .pushArg(0) // Does it exist?
              .invoke()
              .asLong()
          == 1;
    } finally {
      attribute.release();
    }
  }

  /** Allocates it, its elements not yet defined. */
  DeviceTensor(String type, long... shape) {
    array = NDArray.empty(shape, new TVMType(type), Device.opencl());
    handle = NativeTensor.handle(array);
  }

  /** The address of the {@code DLTensor}, as kernels take it. */
  long handle() {
    return handle;
  }

  /** What TVM takes for the device's memory: nothing that the host could read. */
  MemorySegment data() {
    return tensor().get(ValueLayout.ADDRESS, DlTensor.DATA);
  }

  /** Fills it from the host's memory. */
  void fill(MemorySegment values) {
    CApi.copyIn(tensor(), values, values.byteSize());
  }

  private MemorySegment tensor() {
    return MemorySegment.ofAddress(handle).reinterpret(DlTensor.LAYOUT.byteSize());
  }

  @Override
  public void close() {
    array.release();
  }
}
