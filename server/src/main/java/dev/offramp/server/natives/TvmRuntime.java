package dev.offramp.server.natives;

import dev.offramp.server.engine.BackendFactory;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * TVM's runtime in this process.
 *
 * <p>It must never share a process with TVM's compiler, {@code libtvm.so}: both register the same
 * global functions.
 */
public final class TvmRuntime {

  private static final Logger log = LogManager.getLogger(TvmRuntime.class);
  private static final String BACKEND = "dev.offramp.server.tvm.TvmBackendFactory";

  /** Loads the runtime once, when it is first asked for. */
  private static final class Holder {
    static final BackendFactory FACTORY = load();
  }

  /**
   * The backends that run compiled artifacts. The first call extracts and loads the native
   * libraries, which takes seconds the first time on a machine.
   *
   * @throws UnsupportedOperationException if this platform has no such libraries
   */
  public static BackendFactory backends() {
    try {
      return Holder.FACTORY;
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof UnsupportedOperationException unsupported) {
        throw unsupported;
      }
      throw e;
    }
  }

  private static BackendFactory load() {
    NativeLibraries libraries = NativeLibraries.open();
    System.setProperty("libtvm.so.path", libraries.runtime().toString());
    var loader = new TvmClassLoader(TvmRuntime.class.getClassLoader(), libraries.bridge());
    PrintStream stderr = System.err;
    var printed = new ByteArrayOutputStream();
    // The binding reports each step of its start on stderr: that belongs in the log.
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      Class.forName("org.apache.tvm.Module", true, loader);
      Class.forName("org.apache.tvm.Base", true, loader);
      return Class.forName(BACKEND, true, loader)
          .asSubclass(BackendFactory.class)
          .getConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new UnsupportedOperationException(
          "TVM's runtime: cannot be loaded from "
              + libraries.runtime()
              + ": "
              + e
              + report(printed),
          e);
    } finally {
      System.setErr(stderr);
      log.debug("TVM runtime {}:{}", libraries.runtime(), report(printed));
    }
  }

  private static String report(ByteArrayOutputStream printed) {
    return printed
        .toString(StandardCharsets.UTF_8)
        .lines()
        .map(line -> " " + line + ";")
        .collect(Collectors.joining());
  }

  private TvmRuntime() {}
}
