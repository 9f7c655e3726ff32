package dev.offramp.server.natives;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.Loader;

/**
 * The shared libraries of TVM's runtime, extracted from their jars into JavaCPP's cache.
 *
 * @param bridge the JNI library behind {@code org.apache.tvm}
 * @param runtime TVM's runtime itself
 */
record NativeLibraries(Path bridge, Path runtime) {

  private static final String OPENCL = "opencl/%s/libOpenCL.so.1";

  /*
   * What libtvm_runtime.so and its JNI bridge are linked against, each after what it needs itself.
   * They lie in directories of several jars, so the dynamic linker would not find them alone; once
   * they are open it matches them by name.
   */
  private static final List<String> NEEDED =
      List.of(
          OPENCL,
          "openblas/%s/libgcc_s.so.1",
          "openblas/%s/libquadmath.so.0",
          "openblas/%s/libgfortran.so.5",
          "openblas/%s/libopenblas.so.0",
          "dnnl/%s/libgomp.so.1",
          "dnnl/%s/libdnnl.so.2");

  /**
   * Extracts all libraries, the first time on a machine, and opens those that TVM needs, for good.
   */
  static NativeLibraries open() {
    NEEDED.forEach(library -> SymbolLookup.libraryLookup(extract(library), Arena.global()));
    return new NativeLibraries(
        extract("tvm/%s/libjnitvm_runtime.so"), extract("tvm/%s/libtvm_runtime.so"));
  }

  /** The loader of OpenCL drivers, the same file that TVM uses. */
  static SymbolLookup openCl() {
    return SymbolLookup.libraryLookup(extract(OPENCL), Arena.global());
  }

  private static Path extract(String library) {
    String resource = "/org/bytedeco/" + library.formatted(Loader.getPlatform());
    File file;
    try {
      file = Loader.cacheResource(resource);
    } catch (IOException e) {
      throw new UnsupportedOperationException(
          resource + ": cannot be extracted to JavaCPP's cache: " + e, e);
    }
    if (file == null) {
      throw new UnsupportedOperationException(
          resource
              + ": not on the class path (expected: the natives of platform "
              + Loader.getPlatform()
              + ", which Maven brings for linux-x86_64)");
    }
    return file.toPath();
  }
}
