package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import org.jspecify.annotations.Nullable;

/**
 * A dense layer over the rows of a batch: product, bias, and what can be done to a tile while it is
 * in registers.
 *
 * @param inner K, the width of the input rows
 * @param outer N, the width of the output rows
 */
record Projection(GemmTile tile, int inner, int outer) {

  /** The parameters every projection begins with. */
  record Parameters(Expr tiles, Buffer x, Buffer weight, Buffer bias) {}

  Parameters declare(PrimFunc function) {
    Expr tiles = function.integer("tiles");
    Buffer x = function.rows("x", DataType.FLOAT32, inner);
    Buffer weight =
        function.tensor("weight", DataType.FLOAT32, outer / tile.columns(), inner, tile.columns());
    Buffer bias = function.tensor("bias", DataType.FLOAT32, outer);
    return new Parameters(tiles, x, weight, bias);
  }

  /** Fails the call if a buffer has fewer rows than the tiles cover. */
  void checkRows(Body body, Expr tiles, Buffer... buffers) {
    body.requireNotNegative("tiles: negative (expected: >= 0)", tiles);
    for (Buffer buffer : buffers) {
      Expr whole = buffer.shape().getFirst().floorDiv(tile.rows());
      body.requireNotNegative(
          "tiles: more than %s has rows (expected: tiles * %d <= rows)"
              .formatted(buffer.name(), tile.rows()),
          whole.minus(tiles));
    }
  }

  /** Writes {@code out = activation(x weight + bias + residual)}. */
  void write(
      Body body,
      Parameters parameters,
      @Nullable Buffer residual,
      @Nullable Activation activation,
      Buffer out) {
    body.loop(
        "panel",
        outer / tile.columns(),
        (panels, panel) -> {
          Expr column = panels.let("column", panel.times(tile.columns()));
          panels.loop(
              "block",
              inner / tile.depth(),
              (depths, block) ->
                  depths.loop(
                      "tile",
                      parameters.tiles(),
                      (tiles, index) -> {
                        Expr first = tiles.let("first", index.times(tile.rows()));
                        var place = new Place(first, column);
                        var gemm = new Gemm(tiles, tile);
                        start(tiles, gemm, place, block, parameters.bias(), residual, out);
                        gemm.accumulate(
                            parameters.x(),
                            first::plus,
                            parameters.weight(),
                            panel,
                            block.times(tile.depth()));
                        storeAll(tiles, gemm, place, out);
                      }));
          if (activation != null) {
            activate(panels, tile, out, parameters.tiles().times(tile.rows()), column, activation);
          }
        });
  }

  /**
   * Applies a function to a panel of results, which its rows have just left in the cache.
   *
   * <p>A loop of its own, apart from the product's: its many constants would otherwise be kept in
   * registers across the product's innermost loop, and push accumulators out.
   */
  static void activate(
      Body body, GemmTile tile, Buffer out, Expr rows, Expr column, Activation activation) {
    body.loop(
        "row",
        rows,
        (block, row) -> {
          for (int vector = 0; vector < tile.vectors(); vector++) {
            Expr at = column.plus(vector * tile.lanes());
            Expr value = activation.apply(block, out.vector(tile.lanes(), row, at));
            block.store(out, value, row, at);
          }
        });
  }

  /** Where a tile lies in the output. */
  private record Place(Expr row, Expr column) {}

  /** The first block of K starts from bias and residual, the others from what is there. */
  private void start(
      Body body,
      Gemm gemm,
      Place place,
      Expr block,
      Buffer bias,
      @Nullable Buffer residual,
      Buffer out) {
    Tiled fresh =
        (b, row, column) -> {
          Expr value = bias.vector(tile.lanes(), column);
          return residual == null ? value : value.plus(residual.vector(tile.lanes(), row, column));
        };
    Tiled carried = (b, row, column) -> out.vector(tile.lanes(), row, column);
    body.choose(
        block.isEqualTo(0),
        first -> setAll(first, gemm, place, fresh),
        later -> setAll(later, gemm, place, carried));
  }

  private void setAll(Body body, Gemm gemm, Place place, Tiled value) {
    for (int row = 0; row < tile.rows(); row++) {
      for (int vector = 0; vector < tile.vectors(); vector++) {
        Expr column = place.column().plus(vector * tile.lanes());
        gemm.set(body, row, vector, value.at(body, place.row().plus(row), column));
      }
    }
  }

  private void storeAll(Body body, Gemm gemm, Place place, Buffer out) {
    for (int row = 0; row < tile.rows(); row++) {
      for (int vector = 0; vector < tile.vectors(); vector++) {
        Expr column = place.column().plus(vector * tile.lanes());
        body.store(out, gemm.get(row, vector), place.row().plus(row), column);
      }
    }
  }

  /** A vector for a place in the output. */
  @FunctionalInterface
  private interface Tiled {
    Expr at(Body body, Expr row, Expr column);
  }

  /** What is done to each finished sum. */
  @FunctionalInterface
  interface Activation {
    Expr apply(Body body, Expr value);
  }
}
