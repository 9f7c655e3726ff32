package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.model.artifact.KernelNames;

/**
 * The first row of every sequence through pooler, tanh and classifier, for all sequences of a
 * batch.
 *
 * <p>The rows are gathered, a block at a time, and then are a small batch of their own. A tile that
 * reaches beyond the last sequence takes that one again; only sequences that exist become logits.
 *
 * @param pooler from H to H
 * @param classes C
 */
record ExitHead(Projection pooler, int classes) implements Kernel {
  private static final int BLOCK_TILES = 8;

  /** One whose pooler takes all the rows that are gathered at a time as one block. */
  static ExitHead of(Projection pooler, int classes) {
    return new ExitHead(pooler.inBlocksOf(BLOCK_TILES), classes);
  }

  @Override
  public String name() {
    return KernelNames.EXIT_HEAD;
  }

  @Override
  public void write(PrimFunc function) {
    int width = pooler.inner();
    Expr sequences = function.integer("sequences");
    Buffer offsets = function.rows("offsets", DataType.INT32);
    Buffer x = function.rows("x", DataType.FLOAT32, width);
    var declared = pooler.declare(function, sequences, x, "pooler_");
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
    int most = BLOCK_TILES * pooler.schedule().rows();
    Buffer firsts = body.workspace("firsts", DataType.FLOAT32, most, width);
    Buffer pooled = body.workspace("pooled", DataType.FLOAT32, most, width);
    Expr last = body.let("last", sequences.plus(-1));
    body.loop(
        "block",
        sequences.plus(most - 1).quotient(most),
        (block, index) -> {
          Expr first = block.let("first", index.times(most));
          Expr count = block.let("count", sequences.minus(first).min(tir.constant(most)));
          int rows = pooler.schedule().rows();
          block.loop(
              "row",
              count.plus(rows - 1).quotient(rows).times(rows),
              (each, row) -> gather(each, x, offsets.at(first.plus(row).min(last)), firsts, row));
          pooler.write(block, declared.of(count, firsts), null, VectorMath::tanh, null, pooled);
          block.loop(
              "row",
              count,
              (each, row) -> classify(each, pooled, row, weight, bias, logits, first.plus(row)));
        });
  }

  private void gather(Body body, Buffer x, Expr from, Buffer firsts, Expr to) {
    int lanes = pooler.schedule().lanes();
    Expr row = body.let("from", from);
    body.loop(
        "h",
        pooler.inner() / lanes,
        (block, vector) -> {
          Expr column = block.let("column", vector.times(lanes));
          block.store(firsts, x.vector(lanes, row, column), to, column);
        });
  }

  private void classify(
      Body body,
      Buffer pooled,
      Expr row,
      Buffer weight,
      Buffer bias,
      Buffer logits,
      Expr sequence) {
    int lanes = pooler.schedule().lanes();
    body.loop(
        "class",
        classes,
        (block, label) -> {
          Buffer sum = block.registers("dot", DataType.FLOAT32.withLanes(lanes), 1);
          Expr slot = block.tir().constant(0);
          block.store(sum, block.tir().constant(0f, lanes), slot);
          block.loop(
              "h",
              pooler.inner() / lanes,
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
