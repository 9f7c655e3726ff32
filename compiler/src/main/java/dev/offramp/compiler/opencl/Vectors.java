package dev.offramp.compiler.opencl;

import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.Tir;

/** Functions of OpenCL's language on vectors of four floats. */
final class Vectors {
  /** {@value} floats, the widest vector that every device loads at once. */
  static final int LANES = 4;

  /** A vector of floats. */
  static final DataType TYPE = DataType.FLOAT32.withLanes(LANES);

  private Vectors() {}

  /** A constant to the last bit: TVM writes constants into the source with seven digits. */
  static Expr constant(Tir tir, float value, int lanes) {
    Expr bits = tir.constant(Float.floatToRawIntBits(value));
    return tir.external("as_float", DataType.FLOAT32, bits).broadcast(lanes);
  }

  /** {@code a b + c}, rounded once on every device: {@code a * b + c} may be or may not. */
  static Expr multiplyAdd(Tir tir, Expr a, Expr b, Expr c) {
    return tir.external("fma", a.type(), a, b, c);
  }

  /** The sum of the lanes. */
  static Expr sum(Tir tir, Expr vector) {
    return tir.external("dot", DataType.FLOAT32, vector, tir.constant(1f, LANES));
  }

  /** GELU in the erf form. */
  static Expr gelu(Tir tir, Expr x) {
    Expr erf = tir.external("erf", x.type(), x.times(constant(tir, (float) Math.sqrt(0.5), LANES)));
    Expr half = x.times(tir.constant(0.5f, LANES));
    return multiplyAdd(tir, half, erf, half);
  }

  /**
   * An index that cannot leave {@code [0, limit)}: what a kernel finds on the device may be wrong.
   */
  static Expr clamp(Tir tir, Expr index, Expr limit) {
    return index.min(limit.plus(-1)).max(tir.constant(0));
  }
}
