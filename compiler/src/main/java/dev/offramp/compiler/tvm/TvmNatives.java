package dev.offramp.compiler.tvm;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.Loader;

/*
 * Where the native libraries come from.
 *
 * They are class path resources of the bytedeco artifacts. JavaCPP's Loader extracts a resource to
 * its cache (~/.javacpp/cache, or -Dorg.bytedeco.javacpp.cachedir) under a file lock, so processes
 * that start together do not see each other's half-written files.
 *
 * libtvm.so names its dependencies without a directory, and its own search path points to the
 * machine that built it. The dynamic linker takes a library that is already loaded under the same
 * name, so we load the dependencies first, by absolute path, each after what it needs itself. The
 * order of LIBRARIES is that order.
 */

/** The native files of TVM's compiler: extracted, and loaded once a process. */
final class TvmNatives {
  private static final String PLATFORM = "linux-x86_64";
  private static final List<Resource> LIBRARIES =
      List.of(
          new Resource("opencl", "libOpenCL.so.1"),
          new Resource("openblas", "libgcc_s.so.1"),
          new Resource("openblas", "libquadmath.so.0"),
          new Resource("openblas", "libgfortran.so.5"),
          new Resource("openblas", "libopenblas.so.0"),
          new Resource("dnnl", "libgomp.so.1"),
          new Resource("dnnl", "libdnnl.so.2"),
          new Resource("llvm", "libLLVM.so.19.1"));
  private static final Resource TVM = new Resource("tvm", "python/tvm/libtvm.so");
  private static final Resource LINKER = new Resource("llvm", "lld");

  /** A file inside the artifact {@code org.bytedeco:<artifact>:<version>:linux-x86_64}. */
  private record Resource(String artifact, String file) {
    String path() {
      return "/org/bytedeco/%s/%s/%s".formatted(artifact, PLATFORM, file);
    }
  }

  private TvmNatives() {}

  /** The symbols of {@code libtvm.so}; loads it and what it needs. */
  static SymbolLookup symbols() {
    requireSupportedPlatform();
    Arena forever = Arena.global();
    for (Resource library : LIBRARIES) {
      load(library, forever);
    }
    return load(TVM, forever);
  }

  /** The LLVM linker, executable. */
  static Path linker() {
    requireSupportedPlatform();
    // lld finds libLLVM beside itself.
    extract(new Resource("llvm", "libLLVM.so.19.1"));
    File linker = extract(LINKER).toFile();
    if (!linker.canExecute() && !linker.setExecutable(true)) {
      throw new TvmUnavailableException("cannot make the linker executable: " + linker);
    }
    return linker.toPath();
  }

  private static void requireSupportedPlatform() {
    String platform = Loader.getPlatform();
    if (!platform.equals(PLATFORM)) {
      throw new TvmUnavailableException(
          "platform: %s (expected: %s); compile on such a machine and copy the artifact"
              .formatted(platform, PLATFORM));
    }
  }

  private static SymbolLookup load(Resource library, Arena arena) {
    Path file = extract(library);
    try {
      return SymbolLookup.libraryLookup(file, arena);
    } catch (IllegalArgumentException e) {
      throw new TvmUnavailableException(
          "cannot load %s: %s (it needs glibc, libstdc++.so.6 and libz.so.1 of the system)"
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static Path extract(Resource resource) {
    URL url = Loader.class.getResource(resource.path());
    if (url == null) {
      throw new TvmUnavailableException(
          "not on the class path: %s (expected: the dependency org.bytedeco:%s with classifier %s)"
              .formatted(resource.path(), resource.artifact(), PLATFORM));
    }
    try {
      return Loader.cacheResource(url).toPath();
    } catch (IOException e) {
      throw new TvmUnavailableException(
          "cannot extract %s: %s (set -Dorg.bytedeco.javacpp.cachedir to a directory with 500 MB)"
              .formatted(resource.path(), e.getMessage()),
          e);
    }
  }
}
