package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.Tir;
import org.jspecify.annotations.Nullable;

/*
 * Activations between kernels are float32, whatever the precision of the products. A kernel turns
 * the rows it is about to multiply into words of its dot product, a block of rows at a time, into
 * memory of its own that stays in the second-level cache while the weights pass by. That is one
 * conversion for each element of x, against N / lanes dot products with it.
 *
 * bf16 rounds to nearest, halves to even. Bytes are scaled for each row by itself (a token's
 * activations share a magnitude, tokens among each other do not): scale = max |x| / 127, and
 * q = floor(x / scale + 128.5) lies in [1, 255], which is x / scale rounded and moved up by 128. So
 * what a row becomes does not depend on its neighbours either.
 */

/**
 * Rows of x as words of a dot product.
 *
 * @param inner K
 * @param lanes words that are made at a time
 */
record RowWords(DotProduct dot, int inner, int lanes) {
  static final int LIMIT = 127;

  static RowWords of(DotProduct dot, int inner, int widest) {
    int lanes = widest;
    while (inner / dot.group() % lanes != 0) {
      lanes /= 2;
    }
    return new RowWords(dot, inner, lanes);
  }

  /** Whether rows of x have to be turned into words, and are not words already. */
  boolean needed() {
    return dot != DotProduct.FLOAT32;
  }

  int words() {
    return inner / dot.group();
  }

  void declare(Body body) {
    if (needed()) {
      body.importLlvm(source());
    }
  }

  /**
   * Converts a row.
   *
   * @param words written: {@code [rows][words]}
   * @param scales written for bytes: {@code [rows]}
   */
  void write(Body body, Buffer x, Expr row, Buffer words, @Nullable Buffer scales, Expr to) {
    Tir tir = body.tir();
    int step = lanes * dot.group();
    if (scales == null) {
      body.loop(
          "words",
          words() / lanes,
          (block, index) -> {
            Expr values = x.vector(step, row, index.times(step));
            Expr word = block.tir().external(NAME + lanes, DataType.INT32.withLanes(lanes), values);
            block.store(words, word, to, index.times(lanes));
          });
      return;
    }
    Buffer greatest = body.registers("greatest", DataType.FLOAT32.withLanes(lanes), dot.group());
    for (int part = 0; part < dot.group(); part++) {
      body.store(greatest, tir.constant(0f, lanes), tir.constant(part));
    }
    body.loop(
        "words",
        words() / lanes,
        (block, index) -> {
          for (int part = 0; part < dot.group(); part++) {
            Expr slot = tir.constant(part);
            Expr value = x.vector(lanes, row, index.times(step).plus(part * lanes)).absolute();
            block.store(greatest, greatest.at(slot).max(value), slot);
          }
        });
    Expr joined = greatest.at(tir.constant(0));
    for (int part = 1; part < dot.group(); part++) {
      joined = joined.max(greatest.at(tir.constant(part)));
    }
    Expr top = body.let("top", VectorMath.greatestLane(body, joined));
    body.store(scales, top.times(tir.constant(1f / LIMIT)), to);
    // A row of zeros has no magnitude: any factor that keeps it zero will do.
    Expr factor =
        body.let("factor", tir.constant((float) LIMIT).dividedBy(top.max(tir.constant(1e-30f))));
    Expr factors = body.let("factors", factor.broadcast(step));
    body.loop(
        "words",
        words() / lanes,
        (block, index) -> {
          Expr moved =
              x.vector(step, row, index.times(step))
                  .multiplyAdd(factors, tir.constant(128.5f, step));
          Expr word = tir.external(NAME + lanes, DataType.INT32.withLanes(lanes), moved);
          block.store(words, word, to, index.times(lanes));
        });
  }

  private static final String NAME = "offramp_words_x";

  private String source() {
    int values = lanes * dot.group();
    return switch (dot) {
      case FLOAT32 -> throw new IllegalStateException();
      case BF16 ->
          """
          define <%1$d x i32> @offramp_words_x%1$d(<%2$d x float> %%x) alwaysinline nounwind {
            %%b = fptrunc <%2$d x float> %%x to <%2$d x bfloat>
            %%w = bitcast <%2$d x bfloat> %%b to <%1$d x i32>
            ret <%1$d x i32> %%w
          }
          """
              .formatted(lanes, values);
      case BYTES ->
          """
          define <%1$d x i32> @offramp_words_x%1$d(<%2$d x float> %%x) alwaysinline nounwind {
            %%i = fptosi <%2$d x float> %%x to <%2$d x i32>
            %%b = trunc <%2$d x i32> %%i to <%2$d x i8>
            %%w = bitcast <%2$d x i8> %%b to <%1$d x i32>
            ret <%1$d x i32> %%w
          }
          """
              .formatted(lanes, values);
      case SHORTS ->
          """
          define <%1$d x i32> @offramp_words_x%1$d(<%2$d x float> %%x) alwaysinline nounwind {
            %%i = fptosi <%2$d x float> %%x to <%2$d x i32>
            %%t = trunc <%2$d x i32> %%i to <%2$d x i16>
            %%e = insertelement <%2$d x i16> poison, i16 128, i32 0
            %%z = shufflevector <%2$d x i16> %%e, <%2$d x i16> poison, <%2$d x i32> zeroinitializer
            %%b = sub <%2$d x i16> %%t, %%z
            %%w = bitcast <%2$d x i16> %%b to <%1$d x i32>
            ret <%1$d x i32> %%w
          }
          """
              .formatted(lanes, values);
    };
  }
}
