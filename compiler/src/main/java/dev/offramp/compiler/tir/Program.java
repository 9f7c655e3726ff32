package dev.offramp.compiler.tir;

import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.TvmModule;
import dev.offramp.compiler.tvm.TvmObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Functions that are compiled together into one module. */
public final class Program {
  private final Tir tir;
  private final List<@Nullable Object> functions = new ArrayList<>();

  public Program(Tir tir) {
    this.tir = tir;
  }

  public void add(PrimFunc function) {
    functions.add(tir.node("ir.GlobalVar", function.name(), null));
    functions.add(function.finish());
  }

  /** The functions as TVM's scripting notation, for a human to read. */
  public String script() {
    return module().toString();
  }

  /**
   * Compiles for a target in TVM's notation ({@code llvm -mcpu=x86-64-v3}); the module belongs to
   * {@code owner}.
   */
  public TvmModule compile(String target, ReferenceScope owner) {
    return compile(target, target, owner);
  }

  /**
   * Compiles for a device and the host that launches its kernels: the host's module imports the
   * device's.
   */
  public TvmModule compile(String target, String host, ReferenceScope owner) {
    try (var scope = ReferenceScope.open()) {
      TvmObject device = scope.object("target.Target", target);
      TvmObject hostTarget = scope.object("target.Target", host);
      TvmObject withHost = scope.object("target.WithHost", device, hostTarget);
      TvmObject context = passContext(scope);
      scope.call("transform.EnterPassContext", context);
      try {
        TvmObject lowered = scope.object("driver.lower_module", module(), false);
        TvmObject inputs = scope.object("runtime.Map", withHost, lowered);
        return scope.moveTo(owner, scope.module("driver.tir_to_runtime", inputs, hostTarget));
      } finally {
        scope.call("transform.ExitPassContext", context);
      }
    }
  }

  /**
   * TVM's defaults without its elimination of common subexpressions: the pass keeps every statement
   * it ever saw in a static cache (some KiB a compilation, for the life of the process), and LLVM
   * does the same work anyway.
   */
  private static TvmObject passContext(ReferenceScope scope) {
    TvmObject none = scope.array(List.of());
    TvmObject options = scope.object("runtime.Map", "tir.disable_cse_tir", true);
    return scope.object("transform.PassContext", 2, none, none, none, options, none, null, 0, null);
  }

  private TvmObject module() {
    TvmObject map = tir.node("runtime.Map", functions.toArray());
    return tir.node("ir.IRModule", map, tir.node("runtime.Map"), null, tir.node("runtime.Map"));
  }
}
