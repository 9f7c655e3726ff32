package dev.offramp.compiler.opencl;

import dev.offramp.compiler.kernel.Checks;
import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.model.artifact.KernelNames;

/**
 * The first row of every sequence through pooler, tanh and classifier, in one launch: a work group
 * takes a few sequences through all three, with their rows in local memory.
 *
 * @param pooler from H to H
 * @param classes C
 */
record DeviceExitHead(TiledProduct pooler, int classes) implements DeviceKernel {
  private static final int ITEMS = 256;
  private static final int LOCAL_BYTES = 24 << 10;
  private static final int MOST = 4;

  /** The widest hidden layer whose rows fit into local memory. */
  static final int WIDEST = LOCAL_BYTES / 8;

  @Override
  public String name() {
    return KernelNames.EXIT_HEAD;
  }

  /** Sequences that a work group takes: two rows of floats for each. */
  private int sequencesOfGroup() {
    return Math.clamp(LOCAL_BYTES / (8 * pooler.inner()), 1, MOST);
  }

  @Override
  public void write(PrimFunc function) {
    int width = pooler.inner();
    Expr sequences = function.integer("sequences");
    Buffer offsets = function.slice("offsets", DataType.INT32);
    Buffer x = function.rows("x", DataType.FLOAT32, width);
    Buffer poolerWeight =
        function.tensor("pooler_weight", pooler.weightType(), pooler.weightShape());
    Buffer poolerBias = function.tensor("pooler_bias", DataType.FLOAT32, width);
    Buffer weight = function.tensor("weight", DataType.FLOAT32, classes, width);
    Buffer bias = function.tensor("bias", DataType.FLOAT32, classes);
    Buffer logits = function.rows("logits", DataType.FLOAT32, classes);

    Body body = function.body();
    Tir tir = body.tir();
    Checks.count(body, "sequences", sequences, offsets, logits);
    int count = sequencesOfGroup();
    Expr group = body.bind("blockIdx.x", sequences.plus(count - 1).quotient(count));
    Expr item = body.bind("threadIdx.x", tir.constant(ITEMS));
    Buffer firsts = body.shared("firsts", DataType.FLOAT32, count, width);
    Buffer pooled = body.shared("pooled", DataType.FLOAT32, count, width);
    for (int s = 0; s < count; s++) {
      Expr slot = tir.constant(s);
      Expr sequence = Vectors.clamp(tir, group.times(count).plus(s), sequences);
      Expr row = body.let("row", Vectors.clamp(tir, offsets.at(sequence), x.shape().getFirst()));
      columns(
          body, item, width, (each, column) -> each.store(firsts, x.at(row, column), slot, column));
    }
    body.barrier();
    Buffer sums = body.registers("sums", DataType.FLOAT32, count);
    columns(
        body,
        item,
        width,
        (each, column) -> pool(each, column, firsts, poolerWeight, poolerBias, sums, pooled));
    body.barrier();
    columns(
        body,
        item,
        count * classes,
        (each, pair) -> {
          Expr slot = pair.quotient(classes);
          Expr sequence = group.times(count).plus(slot);
          each.when(
              sequence.lessThan(sequences),
              real ->
                  classify(
                      real, pooled, slot, pair.remainder(classes), weight, bias, logits, sequence));
        });
  }

  /** Gives each item every {@value #ITEMS}th column. */
  private static void columns(Body body, Expr item, int width, Body.LoopBody each) {
    for (int first = 0; first < width; first += ITEMS) {
      Expr column = item.plus(first);
      body.when(column.lessThan(body.tir().constant(width)), inside -> each.write(inside, column));
    }
  }

  private void pool(
      Body body,
      Expr column,
      Buffer firsts,
      Buffer weight,
      Buffer bias,
      Buffer sums,
      Buffer pooled) {
    Tir tir = body.tir();
    int count = sequencesOfGroup();
    Expr panel = column.quotient(TiledProduct.TILE);
    Expr lane = column.remainder(TiledProduct.TILE);
    for (int s = 0; s < count; s++) {
      body.store(sums, bias.at(column), tir.constant(s));
    }
    body.loop(
        "k",
        pooler.weightShape()[1],
        (step, k) -> {
          Expr word = step.let("w", weight.at(panel, k, lane));
          if (pooler.halves()) {
            add(step, firsts, k.times(2), Halves.low(step, word), sums);
            add(step, firsts, k.times(2).plus(1), Halves.high(step, word), sums);
          } else {
            add(step, firsts, k, word, sums);
          }
        });
    for (int s = 0; s < count; s++) {
      Expr slot = tir.constant(s);
      body.store(pooled, tir.external("tanh", DataType.FLOAT32, sums.at(slot)), slot, column);
    }
  }

  private void add(Body body, Buffer firsts, Expr k, Expr weight, Buffer sums) {
    Tir tir = body.tir();
    for (int s = 0; s < sequencesOfGroup(); s++) {
      Expr slot = tir.constant(s);
      body.store(sums, Vectors.multiplyAdd(tir, firsts.at(slot, k), weight, sums.at(slot)), slot);
    }
  }

  private void classify(
      Body body,
      Buffer pooled,
      Expr slot,
      Expr label,
      Buffer weight,
      Buffer bias,
      Buffer logits,
      Expr sequence) {
    Tir tir = body.tir();
    Buffer sum = body.registers("products", Vectors.TYPE, 1);
    Expr zero = tir.constant(0);
    body.store(sum, tir.constant(0f, Vectors.LANES), zero);
    body.loop(
        "h",
        pooler.outer() / Vectors.LANES,
        (dot, vector) -> {
          Expr column = vector.times(Vectors.LANES);
          Expr product =
              Vectors.multiplyAdd(
                  tir,
                  pooled.vector(Vectors.LANES, slot, column),
                  weight.vector(Vectors.LANES, label, column),
                  sum.at(zero));
          dot.store(sum, product, zero);
        });
    body.store(logits, Vectors.sum(tir, sum.at(zero)).plus(bias.at(label)), sequence, label);
  }
}
