package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.Tir;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;

/*
 * Transcendental functions on vectors of floats.
 *
 * TVM's own exp, erf and tanh become a call of the C library for every lane, which for the GELUs of
 * a layer costs a fifth of its matrix products. These are straight-line vector code.
 *
 * 2^x: x = n + r with n an integer and |r| <= 1/2, exactly. 2^r is a polynomial of degree 5 (minimax
 * in relative error, 9e-8), and n is added to its exponent bits. Arguments are clamped to where the
 * result is a normal float, so there are no denormals to slow it down. Softmax is the same to any
 * base if its scores are scaled by the base's logarithm, which costs nothing.
 *
 * GELU: x/2 (1 + erf(x / sqrt 2)) loses all digits of the tail when computed as written. Instead
 *
 *     gelu(x) = max(x, 0) - |x| T(|x|),    T(a) = erfc(a / sqrt 2) / 2
 *
 * T falls like a bell's side, which takes a polynomial of high degree; its eighth root is nearly a
 * line: degree 7 gives GELU to 1.2e-7 (minimax in GELU's absolute error on [0, 5.5], by Lawson's
 * iteration), and three squarings bring T back. No exponential, no division. Beyond 5.5 the second
 * term is below 1.6e-7 and stays constant.
 *
 * tanh: 1 - 2 / (e^2x + 1); absolute error 2e-7, which is all a pooler needs.
 */

/** Vector polynomials; each emits its steps into a block and returns the result. */
final class VectorMath {
  /** log2 e. */
  static final double LOG2_E = 1.4426950408889634;

  private static final float EXP2_LOWEST = -125f;
  private static final float EXP2_HIGHEST = 127f;
  private static final int MANTISSA_BITS = 23;

  /** 2^r = 1 + r (sum of these times powers of r). */
  private static final float[] EXP2 = {
    0.693147f, 0.24022242f, 0.05550734f, 0.009671513f, 0.0013264716f
  };

  /** T(a)^(1/8) = sum of these times powers of a. */
  private static final float[] TAIL_ROOT = {
    0.9170052f, -0.09147212f, -0.031866323f, -7.927806e-4f,
    0.0016305958f, -4.002349e-5f, -3.567106e-5f, 3.2364085e-6f
  };

  private static final int TAIL_SQUARINGS = 3;
  private static final float GELU_TAIL = 5.5f;

  private VectorMath() {}

  /**
   * 2^x, relative error 2e-7.
   *
   * @param x at most 127; what is below -125 is taken for that
   */
  static Expr exp2(Body body, Expr x) {
    Tir tir = body.tir();
    int lanes = x.type().lanes();
    Expr clamped = body.let("x", x.max(tir.constant(EXP2_LOWEST, lanes)));
    Expr n = body.let("n", clamped.nearestInteger());
    Expr r = body.let("r", clamped.minus(n));
    Expr power = polynomial(tir, EXP2, r).multiplyAdd(r, tir.constant(1f, lanes));
    Expr exponent = n.convert(DataType.INT32).shiftLeft(MANTISSA_BITS);
    Expr bits = power.reinterpret(DataType.INT32).plus(exponent);
    return body.let("e", bits.reinterpret(DataType.FLOAT32));
  }

  /** GELU in the erf form, absolute error below 1e-6. */
  static Expr gelu(Body body, Expr x) {
    Tir tir = body.tir();
    int lanes = x.type().lanes();
    Expr value = body.let("v", x);
    Expr a = body.let("a", value.absolute().min(tir.constant(GELU_TAIL, lanes)));
    Expr tail = body.let("t", polynomial(tir, TAIL_ROOT, a));
    for (int i = 0; i < TAIL_SQUARINGS; i++) {
      tail = body.let("t", tail.times(tail));
    }
    Expr below = a.times(tir.constant(-1f, lanes));
    return body.let("g", below.multiplyAdd(tail, value.max(tir.constant(0f, lanes))));
  }

  /** tanh, absolute error 2e-7. */
  static Expr tanh(Body body, Expr x) {
    Tir tir = body.tir();
    int lanes = x.type().lanes();
    Expr doubled = x.times(tir.constant((float) (2 * LOG2_E), lanes));
    Expr e = exp2(body, body.let("d", doubled.min(tir.constant(EXP2_HIGHEST, lanes))));
    Expr one = tir.constant(1f, lanes);
    Expr two = tir.constant(2f, lanes);
    return body.let("t", one.minus(two.dividedBy(e.plus(one))));
  }

  /** The sum of a vector's lanes, always in the same order. */
  static Expr sumOfLanes(Body body, Expr vector) {
    return reduceLanes(body, vector, Expr::plus);
  }

  /** The greatest of a vector's lanes. */
  static Expr greatestLane(Body body, Expr vector) {
    return reduceLanes(body, vector, Expr::max);
  }

  /** Folds the upper half of the lanes onto the lower half until one is left. */
  private static Expr reduceLanes(Body body, Expr vector, BinaryOperator<Expr> operator) {
    Expr folded = vector;
    for (int half = vector.type().lanes() / 2; half >= 1; half /= 2) {
      Expr whole = body.let("f", folded);
      folded = operator.apply(lanes(body, whole, 0, half), lanes(body, whole, half, half));
    }
    return body.let("f", folded);
  }

  private static Expr lanes(Body body, Expr vector, int first, int count) {
    var numbers = new int[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = first + i;
    }
    return body.tir().shuffle(List.of(vector), numbers);
  }

  /**
   * Transposes a square of as many vectors as they have lanes, by swapping off-diagonal blocks of
   * 1, 2, 4, ... lanes.
   */
  static List<Expr> transpose(Body body, List<Expr> square) {
    int size = square.size();
    List<Expr> rows = new ArrayList<>(square);
    for (int block = 1; block < size; block *= 2) {
      for (int low = 0; low < size; low++) {
        if ((low & block) != 0) {
          continue;
        }
        var upper = new int[size];
        var lower = new int[size];
        for (int lane = 0; lane < size; lane++) {
          boolean first = (lane & block) == 0;
          upper[lane] = first ? lane : size + lane - block;
          lower[lane] = first ? lane + block : size + lane;
        }
        List<Expr> pair = List.of(rows.get(low), rows.get(low + block));
        rows.set(low, body.let("s", body.tir().shuffle(pair, upper)));
        rows.set(low + block, body.let("s", body.tir().shuffle(pair, lower)));
      }
    }
    return rows;
  }

  private static Expr polynomial(Tir tir, float[] coefficients, Expr x) {
    int lanes = x.type().lanes();
    Expr sum = tir.constant(coefficients[coefficients.length - 1], lanes);
    for (int i = coefficients.length - 2; i >= 0; i--) {
      sum = sum.multiplyAdd(x, tir.constant(coefficients[i], lanes));
    }
    return sum;
  }
}
