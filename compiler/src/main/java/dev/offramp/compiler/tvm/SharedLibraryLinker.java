package dev.offramp.compiler.tvm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The LLVM linker that comes with TVM's natives: object files become a shared library. */
public final class SharedLibraryLinker {
  private static final long TIMEOUT_SECONDS = 60;

  private SharedLibraryLinker() {}

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
