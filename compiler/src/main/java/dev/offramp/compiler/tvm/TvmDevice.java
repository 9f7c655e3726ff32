package dev.offramp.compiler.tvm;

/** Where arrays lie and functions run, with the type code of DLPack. */
public enum TvmDevice {
  CPU(1),
  /** The first OpenCL device: a GPU if there is one. */
  OPENCL(4);

  private static final int EXISTS = 0;

  private final int code;

  TvmDevice(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /** Whether this machine has such a device, and a driver for it. */
  public boolean exists() {
    try (var scope = ReferenceScope.open()) {
      return scope.integer("runtime.GetDeviceAttr", code, 0, EXISTS) == 1;
    }
  }
}
