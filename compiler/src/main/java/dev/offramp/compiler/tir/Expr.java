package dev.offramp.compiler.tir;

import dev.offramp.compiler.tvm.TvmObject;

/** A value that the kernel computes. */
public final class Expr {
  private final Tir tir;
  private final TvmObject node;
  private final DataType type;

  Expr(Tir tir, TvmObject node, DataType type) {
    this.tir = tir;
    this.node = node;
    this.type = type;
  }

  public DataType type() {
    return type;
  }

  TvmObject node() {
    return node;
  }

  public Expr plus(Expr other) {
    return binary("tir.Add", other, type);
  }

  public Expr plus(int other) {
    return other == 0 ? this : plus(tir.constant(other));
  }

  public Expr minus(Expr other) {
    return binary("tir.Sub", other, type);
  }

  public Expr times(Expr other) {
    return binary("tir.Mul", other, type);
  }

  public Expr times(int other) {
    return times(tir.constant(other));
  }

  /** Floating-point division. */
  public Expr dividedBy(Expr other) {
    return binary("tir.Div", other, type);
  }

  /**
   * The whole part of {@code this / divisor} of a number that is not negative. (TVM's division that
   * rounds down also for negative ones adds constants that can overflow.)
   */
  public Expr quotient(int divisor) {
    return binary("tir.Div", tir.constant(divisor), type);
  }

  /** What is left of a number that is not negative after {@link #quotient}. */
  public Expr remainder(int divisor) {
    return binary("tir.Mod", tir.constant(divisor), type);
  }

  public Expr min(Expr other) {
    return binary("tir.Min", other, type);
  }

  public Expr max(Expr other) {
    return binary("tir.Max", other, type);
  }

  public Expr lessThan(Expr other) {
    return binary("tir.LT", other, truth());
  }

  public Expr atMost(Expr other) {
    return binary("tir.LE", other, truth());
  }

  public Expr isEqualTo(int other) {
    return binary("tir.EQ", tir.constant(other), truth());
  }

  /** The bits of both integers joined. */
  public Expr or(Expr other) {
    require(other, "tir.bitwise_or");
    return tir.intrinsic("tir.bitwise_or", type, this, other);
  }

  /** The bits that both integers have. */
  public Expr and(Expr other) {
    require(other, "tir.bitwise_and");
    return tir.intrinsic("tir.bitwise_and", type, this, other);
  }

  /** {@code this * factor + summand}, rounded once. */
  public Expr multiplyAdd(Expr factor, Expr summand) {
    require(factor, "tir.fma");
    require(summand, "tir.fma");
    return tir.intrinsic("tir.fma", type, this, factor, summand);
  }

  public Expr absolute() {
    return tir.intrinsic("tir.fabs", type, this);
  }

  public Expr squareRoot() {
    return tir.intrinsic("tir.sqrt", type, this);
  }

  /** The nearest integer, still as a floating-point number; halves go to the even one. */
  public Expr nearestInteger() {
    return tir.intrinsic("tir.nearbyint", type, this);
  }

  public Expr shiftLeft(int bits) {
    return tir.intrinsic("tir.shift_left", type, this, tir.constant(bits).broadcast(type.lanes()));
  }

  /** The bits moved down; the sign bit is repeated. */
  public Expr shiftRight(int bits) {
    return tir.intrinsic("tir.shift_right", type, this, tir.constant(bits).broadcast(type.lanes()));
  }

  /** Conversion of the value: integer to floating-point and back. */
  public Expr convert(DataType scalar) {
    DataType target = scalar.withLanes(type.lanes());
    return tir.expr("tir.Cast", target, target.toString(), node, null);
  }

  /** The same bits as another type of the same size. */
  public Expr reinterpret(DataType scalar) {
    return tir.intrinsic("tir.reinterpret", scalar.withLanes(type.lanes()), this);
  }

  /** A vector with this scalar in every lane. */
  public Expr broadcast(int lanes) {
    if (type.lanes() != 1) {
      throw new IllegalArgumentException("broadcast of %s (expected: a scalar)".formatted(type));
    }
    return lanes == 1
        ? this
        : tir.expr("tir.Broadcast", type.withLanes(lanes), node, tir.constant(lanes).node, null);
  }

  /** The vector of {@code this, this + 1, ...}. */
  public Expr ramp(int lanes) {
    return lanes == 1
        ? this
        : tir.expr(
            "tir.Ramp",
            type.withLanes(lanes),
            node,
            tir.constant(1).node,
            tir.constant(lanes).node,
            null);
  }

  /** One of two values; both are computed. */
  public static Expr select(Expr condition, Expr yes, Expr no) {
    yes.require(no, "tir.Select");
    return yes.tir.expr("tir.Select", yes.type, condition.node, yes.node, no.node, null);
  }

  private DataType truth() {
    return DataType.BOOL.withLanes(type.lanes());
  }

  private Expr binary(String operator, Expr other, DataType result) {
    require(other, operator);
    return tir.expr(operator, result, node, other.node, null);
  }

  private void require(Expr other, String operator) {
    if (!type.equals(other.type)) {
      throw new IllegalArgumentException(
          "%s of %s and %s (expected: one type)".formatted(operator, type, other.type));
    }
  }

  /** The expression in TVM's notation. */
  @Override
  public String toString() {
    return node.toString();
  }
}
