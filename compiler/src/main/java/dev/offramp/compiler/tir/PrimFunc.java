package dev.offramp.compiler.tir;

import dev.offramp.compiler.tvm.TvmObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A kernel while it is written: parameters in order, then the body. */
public final class PrimFunc {
  private final Tir tir;
  private final String name;
  private final Body body;
  private final List<@Nullable Object> parameters = new ArrayList<>();
  private final List<@Nullable Object> buffers = new ArrayList<>();

  public PrimFunc(Tir tir, String name) {
    this.tir = tir;
    this.name = name;
    this.body = new Body(tir);
  }

  public String name() {
    return name;
  }

  public Body body() {
    return body;
  }

  /** Declares an integer parameter. */
  public Expr integer(String parameter) {
    Expr variable = tir.variable(parameter, DataType.INT32);
    parameters.add(variable.node());
    return variable;
  }

  /** Declares a tensor parameter of known shape; a caller's shape is checked at each call. */
  public Buffer tensor(String parameter, DataType type, int... shape) {
    return declare(parameter, type, IntStream.of(shape).mapToObj(tir::constant).toList());
  }

  /** Declares a tensor parameter whose first extent is whatever the caller's tensor has. */
  public Buffer rows(String parameter, DataType type, int... rowShape) {
    Expr rows = tir.variable(parameter + "_rows", DataType.INT32);
    return declare(
        parameter,
        type,
        Stream.concat(Stream.of(rows), IntStream.of(rowShape).mapToObj(tir::constant)).toList());
  }

  /** The same, of a tensor that may begin anywhere in its memory, as its byte offset says. */
  public Buffer slice(String parameter, DataType type, int... rowShape) {
    Expr rows = tir.variable(parameter + "_rows", DataType.INT32);
    List<Expr> shape =
        Stream.concat(Stream.of(rows), IntStream.of(rowShape).mapToObj(tir::constant)).toList();
    Expr offset = tir.variable(parameter + "_offset", DataType.INT32);
    return declare(parameter, tir.buffer(parameter, type, Body.ARGUMENT, shape, offset));
  }

  private Buffer declare(String parameter, DataType type, List<Expr> shape) {
    return declare(parameter, tir.buffer(parameter, type, Body.ARGUMENT, shape));
  }

  private Buffer declare(String parameter, Buffer buffer) {
    TvmObject handle = tir.node("tir.Var", parameter, "handle", null);
    parameters.add(handle);
    buffers.add(handle);
    buffers.add(buffer.node());
    return buffer;
  }

  /** The finished function. Buffers are promised not to overlap. */
  TvmObject finish() {
    TvmObject function =
        tir.node(
            "tir.PrimFunc",
            tir.scope().array(parameters),
            body.finish(),
            tir.node("ir.TupleType", tir.scope().array(List.of())),
            tir.node("runtime.Map", buffers.toArray()),
            null,
            null);
    TvmObject named =
        tir.node(
            "ir.BaseFuncWithAttr", function, "global_symbol", tir.node("runtime.String", name));
    return tir.node("ir.BaseFuncWithAttr", named, "tir.noalias", true);
  }
}
