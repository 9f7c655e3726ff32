package dev.offramp.bench.onednn;

import dev.offramp.model.artifact.Precision;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * oneDNN in a process of its own, on one thread: it waits while others are measured.
 *
 * <p>Ownership: {@link #close} ends the process. Threading: one thread.
 */
public final class OneDnn implements AutoCloseable {
  /** Where the build puts the library, under the project's directory. */
  private static final Path LIBRARY =
      Path.of(
          "bench", "target", "onednn", "org", "bytedeco", "dnnl", "linux-x86_64", "libdnnl.so.3");

  private final Process process;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final String version;

  private OneDnn(Process process) throws IOException {
    this.process = process;
    this.in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    this.out = new DataOutputStream(process.getOutputStream());
    this.version = in.readUTF();
  }

  /** The library of the project in {@code home}. */
  public static Path library(Path home) {
    return home.resolve(LIBRARY);
  }

  /**
   * Starts the process.
   *
   * @throws IOException if the library is not there or does not load
   */
  public static OneDnn start(Path library) throws IOException {
    if (!Files.isReadable(library)) {
      throw new IOException(
          "oneDNN: no library at %s (expected: the build puts it there; run mvn package)"
              .formatted(library));
    }
    var builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                OneDnnWorker.class.getName(),
                library.toAbsolutePath().toString()));
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    try {
      return new OneDnn(process);
    } catch (IOException e) {
      process.destroyForcibly();
      throw new IOException("oneDNN: its process ended; see what it printed above", e);
    }
  }

  /** The library's version. */
  public String version() {
    return version;
  }

  /**
   * What oneDNN made of a product.
   *
   * @param implementation its name for the code it chose
   * @param maxError the furthest that sampled elements lie from plain Java, divided by K
   */
  public record Prepared(String implementation, double maxError) {}

  /** What follows a product. */
  public enum Epilogue {
    /** Nothing: the bare product. */
    NONE,
    /** The bias; integers are scaled to float32 first, as in those below. */
    BIAS,
    /** Bias and GELU in the erf form. */
    GELU,
    /** Bias, and the sum with a residual. */
    RESIDUAL
  }

  /**
   * Readies the product {@code [rows, inner] x [inner, outer]}.
   *
   * @param slot the number it is timed by; what was there before is gone
   * @param whole whether all that a kernel does is done, what oneDNN does not fuse by code of its
   *     own before and after: rows come as float32, and a residual is followed by LayerNorm
   */
  public Prepared prepare(
      int slot,
      int rows,
      int inner,
      int outer,
      Precision precision,
      Epilogue epilogue,
      boolean whole)
      throws IOException {
    out.writeInt(OneDnnWorker.PREPARE);
    out.writeInt(slot);
    out.writeInt(rows);
    out.writeInt(inner);
    out.writeInt(outer);
    out.writeUTF(precision.id());
    out.writeUTF(epilogue.name());
    out.writeBoolean(whole);
    out.flush();
    return new Prepared(in.readUTF(), in.readDouble());
  }

  /** Runs a product so many times in a row; how long that took there. */
  public long nanos(int slot, int calls) throws IOException {
    out.writeInt(OneDnnWorker.TIME);
    out.writeInt(slot);
    out.writeInt(calls);
    out.flush();
    return in.readLong();
  }

  @Override
  public void close() {
    try {
      out.close(); // The end of its input ends the process.
      process.waitFor();
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
