package dev.offramp.server.natives;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Functions of the C library, where it has them. */
final class Libc {

  /** A function of this name; empty on platforms without it. */
  static Optional<MethodHandle> function(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.defaultLookup().find(name).map(address -> linker.downcallHandle(address, type));
  }

  private Libc() {}
}
