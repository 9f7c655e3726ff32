package dev.offramp.compiler.tir;

import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.TvmObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes the nodes of one program; they belong to its scope. */
public final class Tir {
  private final ReferenceScope scope;
  private final Map<String, TvmObject> operators = new HashMap<>();
  private final Map<Integer, Expr> integers = new HashMap<>();

  public Tir(ReferenceScope scope) {
    this.scope = scope;
  }

  public ReferenceScope scope() {
    return scope;
  }

  public Expr constant(int value) {
    return integers.computeIfAbsent(
        value, v -> expr("ir.IntImm", DataType.INT32, "int32", v, null));
  }

  public Expr constant(float value) {
    return expr("ir.FloatImm", DataType.FLOAT32, "float32", value, null);
  }

  /** A vector with a constant in every lane. */
  public Expr constant(float value, int lanes) {
    return constant(value).broadcast(lanes);
  }

  /** Lanes of vectors, picked by their number over all vectors. */
  public Expr shuffle(List<Expr> vectors, int... lanes) {
    var numbers = new ArrayList<@Nullable Object>();
    for (int lane : lanes) {
      numbers.add(constant(lane).node());
    }
    DataType type = vectors.getFirst().type().withLanes(lanes.length);
    return expr(
        "tir.Shuffle",
        type,
        scope.array(vectors.stream().map(Expr::node).toList()),
        scope.array(numbers),
        null);
  }

  /**
   * A call of a function without side effects that {@link Body#importLlvm} defined, or that the
   * device's language has.
   */
  public Expr external(String function, DataType type, Expr... arguments) {
    var all = new Expr[arguments.length + 1];
    all[0] = expr("tir.StringImm", DataType.INT32, function, null);
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return intrinsic("tir.call_pure_extern", type, all);
  }

  TvmObject node(String function, @Nullable Object... arguments) {
    return scope.object(function, arguments);
  }

  Expr expr(String function, DataType type, @Nullable Object... arguments) {
    return new Expr(this, node(function, arguments), type);
  }

  Expr intrinsic(String operator, DataType type, Expr... arguments) {
    TvmObject node = operators.computeIfAbsent(operator, name -> node("ir.GetOp", name));
    var nodes = new ArrayList<@Nullable Object>(arguments.length);
    for (Expr argument : arguments) {
      nodes.add(argument.node());
    }
    return expr("tir.Call", type, type.toString(), node, scope.array(nodes), null);
  }

  Expr variable(String name, DataType type) {
    return expr("tir.Var", type, name, type.toString(), null);
  }

  /** A buffer on a pointer variable of its own. */
  Buffer buffer(String name, DataType type, String memory, List<Expr> shape) {
    return buffer(name, type, memory, shape, null);
  }

  /**
   * A buffer that begins at an element of its memory.
   *
   * @param offset that element's number, a variable that each call binds; null for the first
   */
  Buffer buffer(
      String name, DataType type, String memory, List<Expr> shape, @Nullable Expr offset) {
    TvmObject element = node("ir.PrimType", type.toString());
    TvmObject data = node("tir.Var", name, node("ir.PointerType", element, memory), null);
    TvmObject extents = scope.array(shape.stream().map(Expr::node).toList());
    // Arguments promise no alignment beyond an element's: loads that happen to be aligned are as
    // fast, and no caller can crash the process with a pointer into the middle of something.
    int alignment = memory.equals(Body.ARGUMENT) ? 4 : 64;
    TvmObject node =
        node(
            "tir.Buffer",
            data,
            type.toString(),
            extents,
            scope.array(List.of()),
            offset == null ? null : offset.node(),
            name,
            alignment,
            offset == null ? 0 : 1,
            "default",
            scope.array(List.of()),
            null);
    return new Buffer(this, name, node, data, type, shape);
  }
}
