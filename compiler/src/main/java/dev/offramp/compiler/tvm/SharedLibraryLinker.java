package dev.offramp.compiler.tvm;

import dev.offramp.model.io.AtomicFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The LLVM linker that comes with TVM's natives: object files become a shared library. */
public final class SharedLibraryLinker {
  private static final long TIMEOUT_SECONDS = 60;

  private SharedLibraryLinker() {}

  /**
   * Makes a module's functions what they are in an artifact, and loads them: code that TVM compiles
   * into memory is not the same, nor as fast.
   *
   * @param scope what the result belongs to
   */
  public static TvmModule load(ReferenceScope scope, TvmModule module) throws IOException {
    Path directory = Files.createTempDirectory("offramp-kernels");
    try {
      Path object = directory.resolve("kernels.o");
      Path library = directory.resolve("kernels.so");
      module.saveObject(object);
      link(object, library);
      return TvmModule.load(scope, library);
    } finally {
      AtomicFiles.deleteTree(directory); // What is loaded stays loaded.
    }
  }

  /** Links one object file. */
  public static void link(Path object, Path library) throws IOException {
    link(List.of(object), library);
  }

  /**
   * Links object files.
   *
   * @throws IOException if the linker cannot run or fails; the message holds what it printed
   */
  public static void link(List<Path> objects, Path library) throws IOException {
    // One executable holds the linkers of all platforms; the flavor picks ELF's.
    var command =
        new ArrayList<>(
            List.of(
                TvmNatives.linker().toString(),
                "-flavor",
                "gnu",
                "-shared",
                "--build-id=none",
                "--hash-style=gnu",
                "-z",
                "noexecstack",
                "-z",
                "relro",
                "--strip-debug",
                "-o",
                library.toString()));
    objects.forEach(object -> command.add(object.toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var output = process.getInputStream()) {
      process.getOutputStream().close();
      String text = new String(output.readAllBytes(), StandardCharsets.UTF_8).strip();
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(
            "linker: still running after %d s: %s".formatted(TIMEOUT_SECONDS, command));
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "linker: exit code %d (expected: 0): %s: %s"
                .formatted(process.exitValue(), String.join(" ", command), text));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while linking " + library, e);
    } finally {
      process.destroyForcibly();
    }
  }
}
