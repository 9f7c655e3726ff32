package dev.offramp.compiler.check;

import dev.offramp.compiler.tvm.ElementType;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.TvmArray;
import dev.offramp.compiler.tvm.TvmDevice;
import dev.offramp.compiler.tvm.TvmFunction;
import dev.offramp.compiler.tvm.TvmModule;
import dev.offramp.model.checkpoint.HostTensor;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.Words;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Kernels that can be called with Java arrays. Every call copies in and out: this is for checking,
 * not for serving.
 *
 * <p>Ownership: close it to unload the library. Threading: one thread at a time.
 */
public final class KernelLibrary implements AutoCloseable {
  private final ReferenceScope scope = ReferenceScope.open();
  private final Map<String, TvmFunction> functions = new HashMap<>();
  private final TvmDevice device;
  private final TvmModule module;

  private KernelLibrary(Path library, TvmDevice device) {
    this.device = device;
    this.module = TvmModule.load(scope, library);
  }

  /** Loads a linked kernel library. */
  public static KernelLibrary load(Path library) {
    return load(library, TvmDevice.CPU);
  }

  /** Loads a linked kernel library whose kernels run on a device. */
  public static KernelLibrary load(Path library, TvmDevice device) {
    return new KernelLibrary(library, device);
  }

  /**
   * Calls a kernel whose last parameter is its output.
   *
   * @param arguments the others: {@code Integer} counts, {@code int[]} ids or offsets, tensors
   * @return the whole output, rows that mean nothing included
   */
  public float[] call(String kernel, int outRows, int outWidth, List<Object> arguments) {
    TvmFunction function = functions.computeIfAbsent(kernel, name -> module.function(scope, name));
    try (var call = ReferenceScope.open()) {
      var converted = new ArrayList<Object>();
      for (Object argument : arguments) {
        converted.add(
            switch (argument) {
              case Integer count -> count;
              case int[] values -> TvmArray.of(call, values, values.length).on(call, device);
              case Tensor tensor ->
                  TvmArray.of(call, tensor.values(), shape(tensor)).on(call, device);
              case Words words -> TvmArray.of(call, words.values(), shape(words)).on(call, device);
              default ->
                  throw new IllegalArgumentException(
                      "argument: %s (expected: Integer, int[] or HostTensor)"
                          .formatted(argument.getClass()));
            });
      }
      TvmArray out = TvmArray.zeros(call, ElementType.FLOAT32, outRows, outWidth).on(call, device);
      converted.add(out);
      function.call(call, converted.toArray());
      return out.floats();
    }
  }

  private static long[] shape(HostTensor tensor) {
    return tensor.shape().stream().mapToLong(Integer::longValue).toArray();
  }

  @Override
  public void close() {
    scope.close();
  }
}
