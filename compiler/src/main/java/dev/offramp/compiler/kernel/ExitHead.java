package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.model.artifact.KernelNames;

/**
 * The first row of every sequence through pooler, tanh and classifier.
 *
 * <p>Sequences are taken a register tile at a time. A tile that reaches beyond the last sequence
 * computes that one again; only rows of sequences that exist become logits.
 *
 * @param tile of the pooler, from H to H
 * @param width H
 * @param classes C
 */
record ExitHead(GemmTile tile, int width, int classes) implements Kernel {

  @Override
  public String name() {
    return KernelNames.EXIT_HEAD;
  }

  @Override
  public void write(PrimFunc function) {
    int panels = width / tile.columns();
    Expr sequences = function.integer("sequences");
    Buffer offsets = function.rows("offsets", DataType.INT32);
    Buffer x = function.rows("x", DataType.FLOAT32, width);
    Buffer poolerWeight =
        function.tensor("pooler_weight", DataType.FLOAT32, panels, width, tile.columns());
    Buffer poolerBias = function.tensor("pooler_bias", DataType.FLOAT32, width);
    Buffer weight = function.tensor("weight", DataType.FLOAT32, classes, width);
    Buffer bias = function.tensor("bias", DataType.FLOAT32, classes);
    Buffer logits = function.rows("logits", DataType.FLOAT32, classes);

    Body body = function.body();
    Tir tir = body.tir();
    Checks.count(body, "sequences", sequences, offsets, logits);
    body.loop(
        "sequence",
        sequences,
        (block, sequence) ->
            Checks.index(block, "offsets", offsets.at(sequence), x.shape().getFirst()));
    Buffer pooled = body.workspace("pooled", DataType.FLOAT32, tile.rows(), width);
    body.loop(
        "tile",
        sequences.plus(tile.rows() - 1).floorDiv(tile.rows()),
        (tiles, index) -> {
          Expr first = tiles.let("first", index.times(tile.rows()));
          Expr last = tiles.let("last", sequences.minus(tir.constant(1)));
          tiles.loop(
              "panel",
              panels,
              (block, panel) -> {
                Expr column = block.let("column", panel.times(tile.columns()));
                pool(
                    block,
                    first,
                    last,
                    panel,
                    column,
                    offsets,
                    x,
                    poolerWeight,
                    poolerBias,
                    pooled);
              });
          for (int row = 0; row < tile.rows(); row++) {
            Expr sequence = first.plus(row);
            Expr pooledRow = tir.constant(row);
            tiles.when(
                sequence.lessThan(sequences),
                block -> classify(block, pooled, pooledRow, weight, bias, logits, sequence));
          }
        });
  }

  private void pool(
      Body body,
      Expr first,
      Expr last,
      Expr panel,
      Expr column,
      Buffer offsets,
      Buffer x,
      Buffer weight,
      Buffer bias,
      Buffer pooled) {
    var gemm = new Gemm(body, tile);
    for (int row = 0; row < tile.rows(); row++) {
      for (int vector = 0; vector < tile.vectors(); vector++) {
        gemm.set(body, row, vector, bias.vector(tile.lanes(), column.plus(vector * tile.lanes())));
      }
    }
    for (int start = 0; start < width; start += tile.depth()) {
      gemm.accumulate(
          x,
          row -> offsets.at(first.plus(row).min(last)),
          weight,
          panel,
          body.tir().constant(start));
    }
    for (int row = 0; row < tile.rows(); row++) {
      for (int vector = 0; vector < tile.vectors(); vector++) {
        body.store(
            pooled,
            gemm.get(row, vector),
            body.tir().constant(row),
            column.plus(vector * tile.lanes()));
      }
    }
    Projection.activate(
        body, tile, pooled, body.tir().constant(tile.rows()), column, VectorMath::tanh);
  }

  private void classify(
      Body body,
      Buffer pooled,
      Expr row,
      Buffer weight,
      Buffer bias,
      Buffer logits,
      Expr sequence) {
    int lanes = tile.lanes();
    body.loop(
        "class",
        classes,
        (block, label) -> {
          Buffer sum = block.registers("dot", DataType.FLOAT32.withLanes(lanes), 1);
          Expr slot = block.tir().constant(0);
          block.store(sum, block.tir().constant(0f, lanes), slot);
          block.loop(
              "h",
              width / lanes,
              (dot, vector) -> {
                Expr column = dot.let("column", vector.times(lanes));
                Expr value = pooled.vector(lanes, row, column);
                dot.store(
                    sum,
                    value.multiplyAdd(weight.vector(lanes, label, column), sum.at(slot)),
                    slot);
              });
          Expr logit = VectorMath.sumOfLanes(block, sum.at(slot)).plus(bias.at(label));
          block.store(logits, logit, sequence, label);
        });
  }
}
