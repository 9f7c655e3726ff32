package dev.offramp.model.artifact;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;

/** What kernels run on. */
public enum Device {
  CPU("cpu"),
  /** Any device with an OpenCL driver. */
  OPENCL("opencl");

  private final String id;

  Device(String id) {
    this.id = id;
  }

  /** The name in manifests. */
  @JsonValue
  public String id() {
    return id;
  }

  /** The device of that name. */
  @JsonCreator
  public static Device ofId(String id) {
    return Arrays.stream(values())
        .filter(device -> device.id.equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "device: %s (expected: one of %s)"
                    .formatted(id, Arrays.stream(values()).map(Device::id).toList())));
  }

  @Override
  public String toString() {
    return id;
  }
}
