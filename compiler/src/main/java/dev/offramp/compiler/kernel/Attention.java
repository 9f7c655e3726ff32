package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.model.artifact.KernelNames;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/*
 * Attention over sequences of different lengths, each over itself only.
 *
 * For one sequence and head: scores = q k' / sqrt(d), softmax over keys, times v. All three steps
 * are vectors of `lanes` floats:
 *
 *  - keys are transposed once into `keys` [length / lanes][d][lanes], square by square in registers:
 *    what a step reads follows what the step before it read. Then scores of
 *    `lanes` keys at a time are d steps of load and multiply-add for each query of a tile, as in a
 *    matrix product, with no sum across lanes.
 *  - softmax runs over a row of scores in the first-level cache: greatest, exponentials and their
 *    sum. The division by the sum waits until the d results are there.
 *  - values need no transposition: each key adds its probability times its row.
 *
 * Lengths are no multiples of anything. A tile of queries that reaches beyond the sequence computes
 * the last query again, and a vector of keys the last key; such keys are masked before the softmax,
 * such queries store what is already there. So there is no remainder code, and what a query gets
 * depends on its own sequence alone.
 */

/**
 * Scaled dot-product attention.
 *
 * @param heads attention heads
 * @param size d, the width of a head
 * @param positions P, the longest sequence
 * @param lanes floats in a vector
 * @param queries queries of a tile
 * @param keyVectors vectors of keys whose scores are summed at a time
 * @param vectors vectors of values that are summed at a time
 */
record Attention(
    int heads, int size, int positions, int lanes, int queries, int keyVectors, int vectors)
    implements Kernel {
  private static final float MASKED = -1e30f;

  static Attention of(AttentionSchedule schedule, int heads, int size, int positions) {
    return new Attention(
        heads,
        size,
        positions,
        schedule.lanes(),
        schedule.queries(),
        schedule.keyVectors(),
        schedule.valueVectors());
  }

  @Override
  public String name() {
    return KernelNames.ATTENTION;
  }

  private int width() {
    return heads * size;
  }

  @Override
  public void write(PrimFunc function) {
    Expr sequences = function.integer("sequences");
    Buffer offsets = function.rows("offsets", DataType.INT32);
    Buffer qkv = function.rows("qkv", DataType.FLOAT32, 3 * width());
    Buffer out = function.rows("out", DataType.FLOAT32, width());

    Body body = function.body();
    Checks.count(body, "sequences", sequences.plus(1), offsets);
    int step = keyVectors * lanes;
    int capacity = Math.ceilDiv(positions, step) * step;
    Buffer keys = body.workspace("keys", DataType.FLOAT32, capacity / lanes, size, lanes);
    Buffer scores = body.workspace("scores", DataType.FLOAT32, queries, capacity);
    Buffer scales = body.workspace("scales", DataType.FLOAT32, queries);
    body.loop(
        "sequence",
        sequences,
        (block, sequence) -> {
          Expr begin = block.let("begin", offsets.at(sequence));
          Expr end = block.let("end", offsets.at(sequence.plus(1)));
          check(block, begin, end, qkv, out);
          Expr length = block.let("length", end.minus(begin));
          Expr blocks = block.let("blocks", length.plus(lanes - 1).quotient(lanes));
          var span = new Span(begin, length, block.let("last", end.plus(-1)), blocks);
          block.loop(
              "head",
              heads,
              (inner, head) -> {
                Expr column = inner.let("column", head.times(size));
                transposeKeys(inner, span, column, qkv, keys);
                inner.loop(
                    "tile",
                    length.plus(queries - 1).quotient(queries),
                    (tile, index) -> {
                      List<Expr> rows = new ArrayList<>();
                      for (int query = 0; query < queries; query++) {
                        Expr row = begin.plus(index.times(queries)).plus(query);
                        rows.add(tile.let("row", row.min(span.last())));
                      }
                      score(tile, span, column, rows, qkv, keys, scores);
                      softmax(tile, span, scores, scales);
                      sumValues(tile, span, column, rows, scales, qkv, scores, out);
                    });
              });
        });
  }

  /** The rows of a sequence: the first, how many, the last, and vectors of keys. */
  private record Span(Expr begin, Expr length, Expr last, Expr blocks) {}

  private void check(Body body, Expr begin, Expr end, Buffer qkv, Buffer out) {
    body.requireNotNegative(
        "offsets: an empty sequence, or offsets that do not ascend",
        begin,
        end.minus(begin).plus(-1));
    body.requireNotNegative(
        "offsets: beyond the rows of qkv or out",
        qkv.shape().getFirst().minus(end),
        out.shape().getFirst().minus(end));
    body.requireNotNegative(
        "offsets: a sequence longer than the model's %d positions".formatted(positions),
        body.tir().constant(positions).minus(end.minus(begin)));
  }

  private void transposeKeys(Body body, Span span, Expr column, Buffer qkv, Buffer keys) {
    body.loop(
        "keys",
        span.blocks(),
        (block, vector) -> {
          Expr first = block.let("first", span.begin().plus(vector.times(lanes)));
          List<Expr> rows = new ArrayList<>();
          for (int key = 0; key < lanes; key++) {
            rows.add(block.let("key", first.plus(key).min(span.last())));
          }
          block.loop(
              "part",
              size / lanes,
              (part, number) -> {
                Expr offset = part.let("offset", number.times(lanes));
                List<Expr> square = new ArrayList<>();
                for (Expr row : rows) {
                  Expr from = column.plus(width()).plus(offset);
                  square.add(part.let("v", qkv.vector(lanes, row, from)));
                }
                List<Expr> turned = VectorMath.transpose(part, square);
                for (int i = 0; i < lanes; i++) {
                  part.store(keys, turned.get(i), vector, offset.plus(i), part.tir().constant(0));
                }
              });
        });
  }

  private void score(
      Body body, Span span, Expr column, List<Expr> rows, Buffer qkv, Buffer keys, Buffer scores) {
    Tir tir = body.tir();
    // To base 2, see VectorMath.
    float scale = (float) (VectorMath.LOG2_E / Math.sqrt(size));
    body.loop(
        "keys",
        span.blocks().plus(keyVectors - 1).quotient(keyVectors),
        (block, group) -> {
          Expr blocks = block.let("blocks", group.times(keyVectors));
          Expr first = block.let("first", blocks.times(lanes));
          Registers sums = new Registers(block, queries * keyVectors);
          sums.clear(block);
          block.loop(
              "d",
              size,
              (step, d) -> {
                List<Expr> values = new ArrayList<>();
                for (int vector = 0; vector < keyVectors; vector++) {
                  values.add(
                      step.let("k", keys.vector(lanes, blocks.plus(vector), d, tir.constant(0))));
                }
                for (int query = 0; query < queries; query++) {
                  Expr q = step.let("q", qkv.at(rows.get(query), column.plus(d)).broadcast(lanes));
                  for (int vector = 0; vector < keyVectors; vector++) {
                    int slot = query * keyVectors + vector;
                    sums.set(step, slot, q.multiplyAdd(values.get(vector), sums.get(slot)));
                  }
                }
              });
          for (int vector = 0; vector < keyVectors; vector++) {
            Expr key = block.let("key", first.plus(vector * lanes));
            Expr inside =
                block.let("inside", key.ramp(lanes).lessThan(span.length().broadcast(lanes)));
            for (int query = 0; query < queries; query++) {
              Expr scaled = sums.get(query * keyVectors + vector).times(tir.constant(scale, lanes));
              block.store(
                  scores,
                  Expr.select(inside, scaled, tir.constant(MASKED, lanes)),
                  tir.constant(query),
                  key);
            }
          }
        });
  }

  /** Turns scores into exponentials; notes what each query's results are to be scaled by. */
  private void softmax(Body body, Span span, Buffer scores, Buffer scales) {
    Tir tir = body.tir();
    body.loop(
        "query",
        queries,
        (each, query) -> {
          Registers greatest = new Registers(each, 1);
          greatest.set(each, 0, tir.constant(MASKED, lanes));
          each.loop(
              "keys",
              span.blocks(),
              (block, vector) -> {
                Expr score = scores.vector(lanes, query, vector.times(lanes));
                greatest.set(block, 0, greatest.get(0).max(score));
              });
          Expr top =
              each.let("top", VectorMath.greatestLane(each, greatest.get(0)).broadcast(lanes));
          Registers sum = new Registers(each, 1);
          sum.clear(each);
          each.loop(
              "keys",
              span.blocks(),
              (block, vector) -> {
                Expr key = block.let("key", vector.times(lanes));
                Expr power = VectorMath.exp2(block, scores.vector(lanes, query, key).minus(top));
                block.store(scores, power, query, key);
                sum.set(block, 0, sum.get(0).plus(power));
              });
          Expr total = VectorMath.sumOfLanes(each, sum.get(0));
          each.store(scales, tir.constant(1f).dividedBy(total), query);
        });
  }

  private void sumValues(
      Body body,
      Span span,
      Expr column,
      List<Expr> rows,
      Buffer scales,
      Buffer qkv,
      Buffer scores,
      Buffer out) {
    Tir tir = body.tir();
    body.loop(
        "part",
        size / (vectors * lanes),
        (part, number) -> {
          Expr from = part.let("from", column.plus(number.times(vectors * lanes)));
          IntFunction<Expr> place = vector -> from.plus(vector * lanes);
          Registers sums = new Registers(part, queries * vectors);
          sums.clear(part);
          part.loop(
              "key",
              span.length(),
              (step, key) -> {
                Expr row = step.let("row", span.begin().plus(key));
                List<Expr> values = new ArrayList<>();
                for (int vector = 0; vector < vectors; vector++) {
                  Expr at = place.apply(vector).plus(2 * width());
                  values.add(step.let("v", qkv.vector(lanes, row, at)));
                }
                for (int query = 0; query < queries; query++) {
                  Expr p = step.let("p", scores.at(tir.constant(query), key).broadcast(lanes));
                  for (int vector = 0; vector < vectors; vector++) {
                    int slot = query * vectors + vector;
                    sums.set(step, slot, p.multiplyAdd(values.get(vector), sums.get(slot)));
                  }
                }
              });
          for (int query = 0; query < queries; query++) {
            for (int vector = 0; vector < vectors; vector++) {
              Expr sum = sums.get(query * vectors + vector);
              Expr scaled = sum.times(scales.at(tir.constant(query)).broadcast(lanes));
              part.store(out, scaled, rows.get(query), place.apply(vector));
            }
          }
        });
  }

  /** Vectors that stay in registers. */
  private final class Registers {
    private final Buffer buffer;
    private final int count;
    private final Tir tir;

    Registers(Body body, int count) {
      this.buffer = body.registers("r", DataType.FLOAT32.withLanes(lanes), count);
      this.count = count;
      this.tir = body.tir();
    }

    void clear(Body body) {
      for (int slot = 0; slot < count; slot++) {
        set(body, slot, tir.constant(0f, lanes));
      }
    }

    void set(Body body, int slot, Expr value) {
      body.store(buffer, value, tir.constant(slot));
    }

    Expr get(int slot) {
      return buffer.at(tir.constant(slot));
    }
  }
}
