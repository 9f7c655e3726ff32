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
 * exp: x = n ln 2 + r with n an integer and |r| <= ln(2)/2. ln 2 is split into a part with few bits,
 * so that n times it is exact, and the rest. e^r is a polynomial of degree 6 (minimax in relative
 * error, 3e-9, below half an ulp), 2^n is n moved into the exponent bits. Arguments are clamped to
 * where the result is a normal float, so there are no infinities and no denormals to slow it down.
 *
 * GELU: x/2 (1 + erf(x / sqrt 2)) loses all digits of the tail when computed as written. Instead
 *
 *     gelu(x) = max(x, 0) - |x|/2 erfc(|x| / sqrt 2),    erfc(a / sqrt 2) = exp(q(a))
 *
 * where q is nearly a parabola: a polynomial of degree 6 without constant term gives GELU to 8e-8
 * (minimax in GELU's absolute error on [0, 5.5], by Lawson's iteration). Beyond 5.5 the second term
 * is less than 1.1e-7 and stays constant.
 *
 * tanh: 1 - 2 / (e^2x + 1); absolute error 2e-7, which is all a pooler needs.
 */

/** Vector polynomials; each emits its steps into a block and returns the result. */
final class VectorMath {
  private static final float LOG2_E = 1.442695f;
  private static final float LN2_HIGH = 355f / 512;
  private static final float LN2_LOW = -2.1219444e-4f;
  private static final float EXP_LOWEST = -87f;
  private static final float EXP_HIGHEST = 88f;
  private static final int EXPONENT_BIAS = 127;
  private static final int MANTISSA_BITS = 23;

  /** e^r = 1 + r + r^2 (sum of these times powers of r). */
  private static final float[] EXP = {
    0.49999994f, 0.16666521f, 0.04166839f, 0.00836871f, 0.00138146f
  };

  /** ln erfc(a / sqrt 2) = a (sum of these times powers of a). */
  private static final float[] LOG_ERFC = {
    -0.7979143f, -0.3180961f, -0.0369019f, 0.0055295555f, -5.1284157e-4f, 2.0741847e-5f
  };

  private static final float GELU_TAIL = 5.5f;

  private VectorMath() {}

  /** e^x, relative error 2e-7, for x clamped to where that is a normal float. */
  static Expr exp(Body body, Expr x) {
    Tir tir = body.tir();
    int lanes = x.type().lanes();
    Expr clamped =
        body.let("x", x.max(tir.constant(EXP_LOWEST, lanes)).min(tir.constant(EXP_HIGHEST, lanes)));
    Expr n = body.let("n", clamped.times(tir.constant(LOG2_E, lanes)).nearestInteger());
    Expr high = body.let("h", n.multiplyAdd(tir.constant(-LN2_HIGH, lanes), clamped));
    Expr r = body.let("r", n.multiplyAdd(tir.constant(-LN2_LOW, lanes), high));
    Expr tail = polynomial(tir, EXP, r);
    Expr power = tail.multiplyAdd(r.times(r), r).plus(tir.constant(1f, lanes));
    Expr exponent =
        n.convert(DataType.INT32)
            .plus(tir.constant(EXPONENT_BIAS).broadcast(lanes))
            .shiftLeft(MANTISSA_BITS);
    return body.let("e", power.times(exponent.reinterpret(DataType.FLOAT32)));
  }

  /** GELU in the erf form, absolute error below 1e-6. */
  static Expr gelu(Body body, Expr x) {
    Tir tir = body.tir();
    int lanes = x.type().lanes();
    Expr value = body.let("v", x);
    Expr a = body.let("a", value.absolute().min(tir.constant(GELU_TAIL, lanes)));
    Expr q = body.let("q", polynomial(tir, LOG_ERFC, a).times(a));
    Expr tail = exp(body, q).times(a.times(tir.constant(-0.5f, lanes)));
    return body.let("g", value.max(tir.constant(0f, lanes)).plus(tail));
  }

  /** tanh, absolute error 2e-7. */
  static Expr tanh(Body body, Expr x) {
    Tir tir = body.tir();
    int lanes = x.type().lanes();
    Expr e = exp(body, body.let("d", x.plus(x)));
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
