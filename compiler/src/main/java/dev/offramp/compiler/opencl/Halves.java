package dev.offramp.compiler.opencl;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.Tir;

/*
 * A half has 5 bits of exponent, biased by 15, and 10 of mantissa; a float 8, biased by 127, and 23.
 * Moved up by 13 bits, a half's mantissa is a float's, and its exponent is short of 127 - 15 = 112.
 * Exponent 0 means m 2^-24 without the leading one: built with the leading one at 2^-14 and that
 * taken away again, which is exact. No step meets a denormal float, which devices may flush.
 * Infinities and NaN do not occur: the packing refuses weights that halves cannot hold.
 */

/** Numbers of 16 bits, two in a word, turned into floats with integer instructions. */
final class Halves {
  private static final int SHIFT = 13;
  private static final int MAGNITUDE = 0x7fff << SHIFT;
  private static final int EXPONENT = 0x1f << 23;
  private static final int BIAS = 112 << 23;
  private static final int LEAST = 113 << 23;

  private Halves() {}

  /** The lower half of each word. */
  static Expr low(Body body, Expr words) {
    Tir tir = body.tir();
    int lanes = words.type().lanes();
    Expr word = body.let("word", words);
    return unpack(body, word.shiftLeft(SHIFT).and(mask(tir, MAGNITUDE, lanes)), word.shiftLeft(16));
  }

  /** The upper half of each word. */
  static Expr high(Body body, Expr words) {
    Tir tir = body.tir();
    int lanes = words.type().lanes();
    Expr word = body.let("word", words);
    return unpack(body, word.shiftRight(16 - SHIFT).and(mask(tir, MAGNITUDE, lanes)), word);
  }

  /**
   * A float of a half's parts.
   *
   * @param moved exponent and mantissa where a float has them
   * @param signed the half's sign in the sign bit, anything below
   */
  private static Expr unpack(Body body, Expr moved, Expr signed) {
    Tir tir = body.tir();
    int lanes = moved.type().lanes();
    Expr bits = body.let("bits", moved);
    Expr normal = asFloat(tir, bits.plus(mask(tir, BIAS, lanes)));
    Expr small =
        asFloat(tir, bits.plus(mask(tir, LEAST, lanes)))
            .minus(Vectors.constant(tir, Float.intBitsToFloat(LEAST), lanes));
    Expr isNormal = mask(tir, 0, lanes).lessThan(bits.and(mask(tir, EXPONENT, lanes)));
    Expr magnitude = Expr.select(isNormal, normal, small);
    return body.let(
        "unpacked",
        tir.external(
            "copysign", DataType.FLOAT32.withLanes(lanes), magnitude, asFloat(tir, signed)));
  }

  private static Expr mask(Tir tir, int bits, int lanes) {
    return tir.constant(bits).broadcast(lanes);
  }

  private static Expr asFloat(Tir tir, Expr bits) {
    int lanes = bits.type().lanes();
    return tir.external(
        lanes == 1 ? "as_float" : "as_float" + lanes, DataType.FLOAT32.withLanes(lanes), bits);
  }
}
