package dev.offramp.compiler.tvm;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C library's {@code free}, for strings that a C function hands over. */
final class CStrings {
  private static final MethodHandle FREE =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("free"),
              FunctionDescriptor.ofVoid(ADDRESS));

  private CStrings() {}

  static void free(MemorySegment string) {
    try {
      FREE.invokeExact(string);
    } catch (Throwable t) {
      throw new IllegalStateException(t);
    }
  }
}
