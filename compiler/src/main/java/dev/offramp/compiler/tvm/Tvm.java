package dev.offramp.compiler.tvm;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * TVM's compiler in this process: its version and its table of functions.
 *
 * <p>The first use loads the native libraries (some seconds where they were never extracted
 * before). Errors: {@link TvmUnavailableException} where they cannot be had. Threading: safe.
 */
public final class Tvm {
  /** The version that this package is written for. */
  public static final String VERSION = "0.18.0";

  private static final Pattern VERSION_IN_JSON = Pattern.compile("\"tvm_version\": *\"([^\"]*)\"");

  private Tvm() {}

  /** The outcome of loading: a failure stays the same failure for the life of the process. */
  private sealed interface Loading {
    record Done(TvmLibrary library, Map<String, TvmFunction> functions) implements Loading {}

    record Failed(TvmUnavailableException reason) implements Loading {}
  }

  private static final class Holder {
    static final Loading LOADING = attempt();

    private static Loading attempt() {
      try {
        TvmNatives.symbols();
        var library = new ForeignTvmLibrary();
        checkVersion(library);
        return new Loading.Done(library, new ConcurrentHashMap<>());
      } catch (TvmUnavailableException e) {
        return new Loading.Failed(e);
      }
    }
  }

  private static Loading.Done loaded() {
    return switch (Holder.LOADING) {
      case Loading.Done done -> done;
      case Loading.Failed(TvmUnavailableException reason) ->
          throw new TvmUnavailableException(String.valueOf(reason.getMessage()), reason);
    };
  }

  /**
   * TVM tells its version in one place only: the header of a serialized node. Runs before the
   * object layer may be used, hence on the bare library.
   */
  private static void checkVersion(TvmLibrary library) {
    NativeValue node = call(library, "runtime.String", new NativeValue.Text("any node"));
    NativeValue json = call(library, "node.SaveJSON", node);
    var matcher = VERSION_IN_JSON.matcher(json.toString());
    String version = matcher.find() ? matcher.group(1) : "unknown";
    if (node instanceof NativeValue.Handle(HandleKind kind, long address)) {
      library.free(kind, address);
    }
    if (!version.equals(VERSION)) {
      throw new TvmUnavailableException(
          "TVM version: %s (expected: %s); check the org.bytedeco:tvm dependency"
              .formatted(version, VERSION));
    }
  }

  private static NativeValue call(TvmLibrary library, String function, NativeValue... arguments) {
    return library.call(library.globalFunction(function), function, List.of(arguments));
  }

  /** The function registered under a name. */
  public static TvmFunction function(String name) {
    Map<String, TvmFunction> functions = loaded().functions();
    TvmFunction known = functions.get(name);
    if (known != null) {
      return known;
    }
    long handle = library().globalFunction(name);
    if (handle == 0) {
      throw new IllegalArgumentException(
          "function: %s (expected: one of the %d that TVM %s registers)"
              .formatted(name, functionNames().size(), VERSION));
    }
    var found = new TvmFunction(name, handle);
    TvmFunction raced = functions.putIfAbsent(name, found);
    if (raced == null) {
      return found;
    }
    found.free();
    return raced;
  }

  /** The names of all registered functions, sorted. */
  public static List<String> functionNames() {
    return library().globalFunctionNames();
  }

  static TvmLibrary library() {
    return loaded().library();
  }
}
