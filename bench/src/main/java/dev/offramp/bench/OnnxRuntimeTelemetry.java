package dev.offramp.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Keeps ONNX Runtime from reporting to its makers.
 *
 * <p>Since 1.29 its Linux and macOS builds start an uploader with the environment. The uploader
 * also parses the process's command line by a recursion that overflows the stack where the line is
 * long, as a class path makes it, so that the JVM dies without a message. The API can turn
 * telemetry off only once the environment exists; a variable of the process turns it off before.
 *
 * <p>Source: microsoft/onnxruntime pull requests 27379 and 29843.
 */
final class OnnxRuntimeTelemetry {
  private static final String VARIABLE = "ORT_DISABLE_TELEMETRY";

  private OnnxRuntimeTelemetry() {}

  /** Sets the variable in this process's native environment, before the library is loaded. */
  static void disable() {
    Linker linker = Linker.nativeLinker();
    MemorySegment setenv = linker.defaultLookup().find("setenv").orElse(MemorySegment.NULL);
    if (setenv.equals(MemorySegment.NULL)) {
      return; // Windows, whose builds do not upload.
    }
    var signature =
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    try (Arena arena = Arena.ofConfined()) {
      int failed =
          (int)
              linker
                  .downcallHandle(setenv, signature)
                  .invokeExact(arena.allocateFrom(VARIABLE), arena.allocateFrom("1"), 1);
      if (failed != 0) {
        throw new IllegalStateException("setenv: " + failed + " (expected: 0)");
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("setenv cannot be called", e);
    }
  }
}
