package dev.offramp.compiler.tir;

import dev.offramp.compiler.tvm.TvmObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A row-major tensor that the kernel reads or writes: an argument, or memory of its own. */
public final class Buffer {
  private final Tir tir;
  private final String name;
  private final TvmObject node;
  private final TvmObject data;
  private final DataType type;
  private final List<Expr> shape;

  Buffer(Tir tir, String name, TvmObject node, TvmObject data, DataType type, List<Expr> shape) {
    this.tir = tir;
    this.name = name;
    this.node = node;
    this.data = data;
    this.type = type;
    this.shape = List.copyOf(shape);
  }

  public String name() {
    return name;
  }

  /** The type of one element, which may itself be a vector. */
  public DataType type() {
    return type;
  }

  /** The extents, of which some may be known only at run time. */
  public List<Expr> shape() {
    return shape;
  }

  TvmObject node() {
    return node;
  }

  /** The pointer variable that the buffer stands on. */
  TvmObject data() {
    return data;
  }

  /** The element at an index for each dimension. */
  public Expr at(Expr... index) {
    return vector(1, index);
  }

  /** Consecutive elements of the last dimension, from the index on. */
  public Expr vector(int lanes, Expr... index) {
    return tir.expr(
        "tir.BufferLoad",
        type.withLanes(type.lanes() * lanes),
        node,
        indices(lanes, index),
        null,
        null);
  }

  TvmObject store(Expr value, Expr... index) {
    int lanes = value.type().lanes() / type.lanes();
    return tir.node("tir.BufferStore", node, value.node(), indices(lanes, index), null, null);
  }

  private TvmObject indices(int lanes, Expr... index) {
    if (index.length != shape.size()) {
      throw new IllegalArgumentException(
          "%s: %d indices (expected: %d)".formatted(name, index.length, shape.size()));
    }
    var nodes = new ArrayList<@Nullable Object>(index.length);
    for (int i = 0; i < index.length; i++) {
      nodes.add((i == index.length - 1 ? index[i].ramp(lanes) : index[i]).node());
    }
    return tir.scope().array(nodes);
  }
}
