package dev.offramp.compiler.kernel;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;

/*
 * The instruction that products are made of. All three take a vector of words of weights, one word
 * of x in every lane, and add to a vector of sums; they differ in how many consecutive k a word
 * holds, and so in the number of operations an instruction does:
 *
 *                    word                     a lane does                  operations, 16 lanes
 *   vfmadd           one float                sum += x w                                    32
 *   vdpbf16ps        two bf16                 sum += x0 w0 + x1 w1                          64
 *   vpdpbusd         four bytes               sum += x0 w0 + ... + x3 w3                   128
 *   vpmaddwd, vpaddd two 16-bit integers      sum += x0 w0 + x1 w1           64 in two of them
 *
 * vpdpbusd multiplies unsigned by signed bytes. Weights are the signed ones; x is moved up by 128,
 * and the sums start from -128 times the sum of a column's weights, which takes it out again,
 * exactly. Where there is no such instruction, bytes widened to 16 bits take its place: as exact,
 * and as fast as float32. (vpmaddubsw, which older CPUs have for bytes, saturates: wrong answers.)
 *
 * TVM's LLVM backend knows neither the bf16 type nor these instructions with their types, so each is
 * a function of a few lines in LLVM's language, inlined where it is called.
 */

/** How a step of a product sums, in one precision on one target. */
enum DotProduct {
  /** Fused multiply-add of floats. */
  FLOAT32(1, 0),
  /** Pairs of bf16, summed in float32. */
  BF16(2, 0),
  /** Four unsigned times four signed bytes, summed in int32. */
  BYTES(4, 128),
  /** Pairs of 16-bit integers that hold bytes, summed in int32. */
  SHORTS(2, 0);

  /** A kernel library has one function for each width: the name says which. */
  private static final String NAME = "offramp_dot_x";

  private final int group;
  private final int zero;

  DotProduct(int group, int zero) {
    this.group = group;
    this.zero = zero;
  }

  /** What a target multiplies with. */
  static DotProduct of(CpuTarget target) {
    return switch (target.precision()) {
      case FLOAT32 -> FLOAT32;
      case BF16 -> BF16;
      case INT8 -> target.level().hasByteDotProduct() ? BYTES : SHORTS;
      case FLOAT16 -> throw new IllegalArgumentException("float16: no CPU target has it");
    };
  }

  /** Consecutive k in a word. */
  int group() {
    return group;
  }

  /** The type in which words are stored. */
  DataType word() {
    return this == FLOAT32 ? DataType.FLOAT32 : DataType.INT32;
  }

  /** The type of a sum. */
  DataType sum() {
    return this == BYTES || this == SHORTS ? DataType.INT32 : DataType.FLOAT32;
  }

  /** What quantized x is moved up by. */
  int zero() {
    return zero;
  }

  /** Makes the instruction known to the rest of a kernel. */
  void declare(Body body, int lanes) {
    if (this != FLOAT32) {
      body.importLlvm(source(lanes));
    }
  }

  /** {@code sum + x w}, lane by lane. */
  Expr add(Body body, Expr sums, Expr weights, Expr x) {
    return this == FLOAT32
        ? x.multiplyAdd(weights, sums)
        : body.tir().external(NAME + sums.type().lanes(), sums.type(), sums, weights, x);
  }

  private String source(int lanes) {
    int bits = 32 * lanes;
    return switch (this) {
      case FLOAT32 -> throw new IllegalStateException();
      case BF16 ->
          """
          declare <%1$d x float> @llvm.x86.avx512bf16.dpbf16ps.%2$d(<%1$d x float>, <%3$d x bfloat>, <%3$d x bfloat>)
          define <%1$d x float> @offramp_dot_x%1$d(<%1$d x float> %%s, <%1$d x i32> %%w, <%1$d x i32> %%x) alwaysinline nounwind {
            %%a = bitcast <%1$d x i32> %%x to <%3$d x bfloat>
            %%b = bitcast <%1$d x i32> %%w to <%3$d x bfloat>
            %%r = call <%1$d x float> @llvm.x86.avx512bf16.dpbf16ps.%2$d(<%1$d x float> %%s, <%3$d x bfloat> %%a, <%3$d x bfloat> %%b)
            ret <%1$d x float> %%r
          }
          """
              .formatted(lanes, bits, 2 * lanes);
      case BYTES ->
          """
          declare <%1$d x i32> @llvm.x86.avx512.vpdpbusd.%2$d(<%1$d x i32>, <%1$d x i32>, <%1$d x i32>)
          define <%1$d x i32> @offramp_dot_x%1$d(<%1$d x i32> %%s, <%1$d x i32> %%w, <%1$d x i32> %%x) alwaysinline nounwind {
            %%r = call <%1$d x i32> @llvm.x86.avx512.vpdpbusd.%2$d(<%1$d x i32> %%s, <%1$d x i32> %%x, <%1$d x i32> %%w)
            ret <%1$d x i32> %%r
          }
          """
              .formatted(lanes, bits);
      case SHORTS ->
          """
          declare <%1$d x i32> @%2$s(<%3$d x i16>, <%3$d x i16>)
          define <%1$d x i32> @offramp_dot_x%1$d(<%1$d x i32> %%s, <%1$d x i32> %%w, <%1$d x i32> %%x) alwaysinline nounwind {
            %%a = bitcast <%1$d x i32> %%x to <%3$d x i16>
            %%b = bitcast <%1$d x i32> %%w to <%3$d x i16>
            %%p = call <%1$d x i32> @%2$s(<%3$d x i16> %%a, <%3$d x i16> %%b)
            %%r = add <%1$d x i32> %%s, %%p
            ret <%1$d x i32> %%r
          }
          """
              .formatted(
                  lanes,
                  lanes == 16 ? "llvm.x86.avx512.pmaddw.d.512" : "llvm.x86.avx2.pmadd.wd",
                  2 * lanes);
    };
  }
}
