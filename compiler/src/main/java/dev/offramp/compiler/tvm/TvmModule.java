package dev.offramp.compiler.tvm;

import java.nio.file.Path;

/** Compiled code: what TVM's code generators return, or a kernel library loaded from a file. */
public final class TvmModule extends TvmReference {

  TvmModule(long handle) {
    super(HandleKind.MODULE, handle);
  }

  /** Loads a shared library of kernels. */
  public static TvmModule load(ReferenceScope scope, Path library) {
    return scope.module("runtime.ModuleLoadFromFile", library.toAbsolutePath().toString(), "");
  }

  /** The module's function of that name. */
  public TvmFunction function(ReferenceScope scope, String name) {
    long function = Tvm.library().moduleFunction(handle(), name, false);
    if (function == 0) {
      throw new IllegalArgumentException(
          "function: %s (expected: one of the module)".formatted(name));
    }
    return scope.own(new TvmFunction(name, function));
  }

  /** Writes the code as a relocatable object file. */
  public void saveObject(Path file) {
    try (var scope = ReferenceScope.open()) {
      scope.call("runtime.ModuleSaveToFile", this, file.toAbsolutePath().toString(), "o");
    }
  }

  /**
   * The modules that this one imports, as data in an LLVM module for the same library: loading the
   * library finds them there.
   *
   * @param target the host, in TVM's notation
   */
  public TvmModule packImports(ReferenceScope scope, String target) {
    return scope.module("runtime.ModulePackImportsToLLVM", this, false, target, "");
  }

  /** The modules that this one imports. */
  public TvmModule imported(ReferenceScope scope, int index) {
    return scope.module("runtime.ModuleGetImport", this, index);
  }

  /** What LLVM made of the code: its assembly. */
  public String assembly() {
    return source("asm");
  }

  /** The module's source in one of TVM's formats, such as {@code asm} or {@code ll}. */
  public String source(String format) {
    try (var scope = ReferenceScope.open()) {
      return scope.text("runtime.ModuleGetSource", this, format);
    }
  }
}
