package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/*
 * Rows go through the product in blocks: small enough for what a block needs, its rows of x as words
 * and its rows of out, to stay in the second-level cache until what follows the product (GELU,
 * LayerNorm) has been done to them, and large enough for the weights to be read seldom.
 *
 *      for block of rows
 *        rows of x to words               bf16 and int8 only
 *        for panel, for part of K, for tile: the product
 *        LayerNorm, row by row            where there is one
 */

/**
 * A dense layer over the rows of a batch: product, bias, and what can be done to a tile while it is
 * in registers or near.
 *
 * @param inner K, the width of the input rows
 * @param outer N, the width of the output rows
 */
record Projection(DotProduct dot, GemmSchedule schedule, int inner, int outer) {
  private static final DataType FLOAT = DataType.FLOAT32;

  Projection {
    schedule.requireFits(inner / dot.group(), outer);
  }

  /** The same for so few rows that they are one block of so many tiles at most. */
  Projection inBlocksOf(int tiles) {
    return new Projection(dot, schedule.inBlocksOf(words().needed() ? tiles : 0), inner, outer);
  }

  /**
   * The parameters every projection begins with.
   *
   * @param factors the weights' scales, for int8
   * @param corrections what int8 sums start from
   */
  record Parameters(
      Expr tokens,
      Buffer x,
      Buffer weight,
      Buffer bias,
      @Nullable Buffer factors,
      @Nullable Buffer corrections) {

    /** The same weights for other rows. */
    Parameters of(Expr others, Buffer rows) {
      return new Parameters(others, rows, weight, bias, factors, corrections);
    }
  }

  Parameters declare(PrimFunc function) {
    Expr tokens = function.integer("tokens");
    Buffer x = function.rows("x", FLOAT, inner);
    return declare(function, tokens, x, "");
  }

  /** Declares the weights, their names after a prefix. */
  Parameters declare(PrimFunc function, Expr tokens, Buffer x, String prefix) {
    int columns = schedule.columns();
    Buffer weight =
        function.tensor(
            prefix + "weight", dot.word(), outer / columns, inner / dot.group(), columns);
    Buffer bias = function.tensor(prefix + "bias", FLOAT, outer);
    if (dot.sum().equals(FLOAT)) {
      return new Parameters(tokens, x, weight, bias, null, null);
    }
    Buffer factors = function.tensor(prefix + "scale", FLOAT, outer);
    Buffer corrections = function.tensor(prefix + "correction", DataType.INT32, outer);
    return new Parameters(tokens, x, weight, bias, factors, corrections);
  }

  /** Makes the target's instructions known to the kernel. */
  void imports(Body body) {
    dot.declare(body, schedule.lanes());
    words().declare(body);
  }

  private RowWords words() {
    return RowWords.of(dot, inner, schedule.lanes());
  }

  /** Fails the call if a buffer has fewer rows than the tiles cover. */
  void checkRows(Body body, Expr tokens, Buffer... buffers) {
    body.requireNotNegative("tokens: negative (expected: >= 0)", tokens);
    int rows = schedule.rows();
    Expr covered = tokens.plus(rows - 1).quotient(rows).times(rows);
    for (Buffer buffer : buffers) {
      body.requireNotNegative(
          "tokens: more than %s has rows (expected: tokens, rounded up to %d, <= rows)"
              .formatted(buffer.name(), rows),
          buffer.shape().getFirst().minus(covered),
          buffer.shape().getFirst().minus(tokens));
    }
  }

  /**
   * Writes {@code out = activation(x weight + bias + residual)}.
   *
   * @param after what is done to each finished row
   */
  void write(
      Body body,
      Parameters parameters,
      @Nullable Buffer residual,
      @Nullable Activation activation,
      @Nullable BiConsumer<Body, Expr> after,
      Buffer out) {
    imports(body);
    int rows = schedule.rows();
    Expr tiles = body.let("tiles", parameters.tokens().plus(rows - 1).quotient(rows));
    if (schedule.blockTiles() == 0 && !words().needed()) {
      block(
          body,
          parameters,
          body.tir().constant(0),
          tiles,
          parameters.x(),
          null,
          residual,
          activation,
          after,
          out);
      return;
    }
    int most = schedule.blockTiles();
    Buffer words =
        words().needed()
            ? body.workspace("words", dot.word(), most * rows, inner / dot.group())
            : null;
    Buffer scales =
        parameters.factors() != null ? body.workspace("scales", FLOAT, most * rows) : null;
    body.loop(
        "block",
        tiles.plus(most - 1).quotient(most),
        (block, index) -> {
          Expr first = block.let("first", index.times(most));
          Expr count = block.let("count", tiles.minus(first).min(block.tir().constant(most)));
          if (words != null) {
            block.loop(
                "row",
                count.times(rows),
                (each, row) ->
                    words()
                        .write(
                            each, parameters.x(), first.times(rows).plus(row), words, scales, row));
          }
          block(
              block,
              parameters,
              first,
              count,
              words == null ? parameters.x() : words,
              scales,
              residual,
              activation,
              after,
              out);
        });
  }

  private void block(
      Body body,
      Parameters parameters,
      Expr firstTile,
      Expr count,
      Buffer x,
      @Nullable Buffer scales,
      @Nullable Buffer residual,
      @Nullable Activation activation,
      @Nullable BiConsumer<Body, Expr> after,
      Buffer out) {
    int columns = schedule.columns();
    Expr firstRow = body.let("first_row", firstTile.times(schedule.rows()));
    var sums = new Sums(parameters, x, scales, residual, out, firstRow);
    int parts = inner / dot.group() / schedule.depth();
    if (schedule.order() == GemmSchedule.Order.PANEL_OUTER) {
      body.loop(
          "panel",
          outer / columns,
          (panels, panel) ->
              panels.loop(
                  "part",
                  parts,
                  (inPart, part) ->
                      inPart.loop(
                          "tile",
                          count,
                          (tiles, tile) -> tile(tiles, sums, tile, panel, part, activation))));
    } else {
      body.loop(
          "tile",
          count,
          (tiles, tile) ->
              tiles.loop(
                  "panel",
                  outer / columns,
                  (panels, panel) ->
                      panels.loop(
                          "part",
                          parts,
                          (inPart, part) -> tile(inPart, sums, tile, panel, part, activation))));
    }
    if (after != null) {
      body.loop(
          "row",
          count.times(schedule.rows()),
          (each, row) -> after.accept(each, firstRow.plus(row)));
    }
  }

  /** What the tiles of a block share. */
  private record Sums(
      Parameters parameters,
      Buffer x,
      @Nullable Buffer scales,
      @Nullable Buffer residual,
      Buffer out,
      Expr firstRow) {}

  private void tile(
      Body body, Sums sums, Expr tile, Expr panel, Expr part, @Nullable Activation activation) {
    Expr inBlock = body.let("in_block", tile.times(schedule.rows()));
    Expr row = body.let("row", sums.firstRow().plus(inBlock));
    Expr column = body.let("column", panel.times(schedule.columns()));
    var gemm = new Gemm(body, schedule, dot);
    Parameters parameters = sums.parameters();
    Expr first = words().needed() ? inBlock : row;
    Buffer corrections = parameters.corrections();
    if (corrections != null) {
      setAll(body, gemm, row, column, (b, r, c, i) -> corrections.vector(schedule.lanes(), c));
    } else {
      start(body, gemm, row, column, part, sums);
    }
    gemm.accumulate(
        sums.x(), first::plus, parameters.weight(), panel, part.times(schedule.depth()));
    storeAll(body, gemm, row, column, sums, inBlock);
    if (activation != null) {
      Expr rows = body.tir().constant(schedule.rows());
      body.when(
          part.plus(1).times(schedule.depth()).isEqualTo(inner / dot.group()),
          last -> activate(last, schedule, sums.out(), row, rows, column, activation));
    }
  }

  /**
   * Applies a function to results that have just been stored.
   *
   * <p>A loop of its own, apart from the product's: its many constants would otherwise be kept in
   * registers across the product's innermost loop, and push accumulators out. It follows each tile,
   * whose results are still in the first-level cache: after a whole panel they are not, which cost
   * int8 a tenth of its rate.
   */
  static void activate(
      Body body,
      GemmSchedule schedule,
      Buffer out,
      Expr first,
      Expr rows,
      Expr column,
      Activation activation) {
    body.loop(
        "row",
        rows,
        (block, index) -> {
          Expr row = block.let("row", first.plus(index));
          for (int vector = 0; vector < schedule.vectors(); vector++) {
            Expr at = column.plus(vector * schedule.lanes());
            Expr value = activation.apply(block, out.vector(schedule.lanes(), row, at));
            block.store(out, value, row, at);
          }
        });
  }

  /** The first part of K starts from bias and residual, the others from what is there. */
  private void start(Body body, Gemm gemm, Expr row, Expr column, Expr part, Sums sums) {
    int lanes = schedule.lanes();
    Buffer residual = sums.residual();
    Tiled fresh =
        (b, r, c, i) -> {
          Expr value = sums.parameters().bias().vector(lanes, c);
          return residual == null ? value : value.plus(residual.vector(lanes, r, c));
        };
    Tiled carried = (b, r, c, i) -> sums.out().vector(lanes, r, c);
    body.choose(
        part.isEqualTo(0),
        first -> setAll(first, gemm, row, column, fresh),
        later -> setAll(later, gemm, row, column, carried));
  }

  private void setAll(Body body, Gemm gemm, Expr row, Expr column, Tiled value) {
    for (int r = 0; r < schedule.rows(); r++) {
      for (int vector = 0; vector < schedule.vectors(); vector++) {
        Expr at = column.plus(vector * schedule.lanes());
        gemm.set(body, r, vector, value.at(body, row.plus(r), at, r));
      }
    }
  }

  private void storeAll(Body body, Gemm gemm, Expr row, Expr column, Sums sums, Expr inBlock) {
    int lanes = schedule.lanes();
    Buffer factors = sums.parameters().factors();
    Buffer scales = sums.scales();
    for (int r = 0; r < schedule.rows(); r++) {
      Expr scale =
          factors == null || scales == null
              ? null
              : body.let("scale", scales.at(inBlock.plus(r)).broadcast(lanes));
      for (int vector = 0; vector < schedule.vectors(); vector++) {
        Expr at = column.plus(vector * lanes);
        Expr sum = gemm.get(r, vector);
        if (factors != null && scale != null) {
          Expr base = sums.parameters().bias().vector(lanes, at);
          if (sums.residual() != null) {
            base = base.plus(sums.residual().vector(lanes, row.plus(r), at));
          }
          sum = sum.convert(FLOAT).multiplyAdd(scale.times(factors.vector(lanes, at)), base);
        }
        body.store(sums.out(), sum, row.plus(r), at);
      }
    }
  }

  /** A vector for a place in the output. */
  @FunctionalInterface
  private interface Tiled {
    Expr at(Body body, Expr row, Expr column, int rowOfTile);
  }

  /** What is done to each finished sum. */
  @FunctionalInterface
  interface Activation {
    Expr apply(Body body, Expr value);
  }
}
