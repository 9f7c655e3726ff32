package dev.offramp.compiler.opencl;

import dev.offramp.compiler.kernel.Checks;
import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.DataType;
import dev.offramp.compiler.tir.Expr;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.model.artifact.KernelNames;

/*
 * Attention over sequences of different lengths on a device.
 *
 * A work group of 16 x 16 takes 16 queries of one sequence and head; items of a row y share a query.
 * Keys and values come by in blocks through local memory, and the softmax is kept up to date on the
 * way: the greatest score so far, the sum of exponentials relative to it, and the values weighted
 * with them, which are scaled down whenever a greater score turns up. So no score is ever written
 * to the device's memory, and no length needs a limit.
 *
 * How many tiles there are is known on the device only, where the offsets are. A batch of R rows and
 * S sequences has at most R / 16 + S tiles, so as many groups are launched; each counts through the
 * offsets to find its tile, and the ones left over have nothing to do.
 *
 * Blocks start at the sequence's first key, whatever the batch: a query's arithmetic depends on its
 * own sequence alone. Keys beyond the last are the last again, with a score that makes their
 * weight an exact zero.
 */

/**
 * Scaled dot-product attention.
 *
 * @param heads attention heads
 * @param size d, the width of a head, a multiple of 8
 */
record DeviceAttention(int heads, int size) implements DeviceKernel {
  /** The widest head whose blocks fit into 32 KiB of local memory. */
  static final int WIDEST = 128;

  private static final int ITEMS = 16;
  private static final float MASKED = -1e30f;

  private static final int LEFT = 0;
  private static final int BEGIN = 1;
  private static final int END = 2;
  private static final int FIRST = 3;

  @Override
  public String name() {
    return KernelNames.ATTENTION;
  }

  private int keys() {
    return size <= 80 ? 2 * ITEMS : ITEMS;
  }

  private int vectors() {
    return size / Vectors.LANES;
  }

  /** Vectors of values that an item sums. */
  private int parts() {
    return Math.ceilDiv(vectors(), ITEMS);
  }

  /** Where a work group is: its items, its head's column, and the rows that it reads. */
  private record Place(
      Expr itemX, Expr itemY, Expr column, Expr begin, Expr end, Expr first, Expr length) {
    Expr item() {
      return itemY.times(ITEMS).plus(itemX);
    }
  }

  @Override
  public void write(PrimFunc function) {
    int width = heads * size;
    Expr sequences = function.integer("sequences");
    Buffer offsets = function.slice("offsets", DataType.INT32);
    Buffer qkv = function.rows("qkv", DataType.FLOAT32, 3 * width);
    Buffer out = function.rows("out", DataType.FLOAT32, width);
    Body body = function.body();
    Tir tir = body.tir();
    Checks.count(body, "sequences", sequences.plus(1), offsets);
    Expr rows = qkv.shape().getFirst().min(out.shape().getFirst());
    Expr tiles = rows.plus(ITEMS - 1).quotient(ITEMS).plus(sequences);
    Expr tile = body.bind("blockIdx.x", tiles);
    Expr head = body.bind("blockIdx.y", tir.constant(heads));
    Expr itemX = body.bind("threadIdx.x", tir.constant(ITEMS));
    Expr itemY = body.bind("threadIdx.y", tir.constant(ITEMS));
    Buffer place = find(body, tile, sequences, offsets, rows);
    Expr begin = body.let("begin", place.at(tir.constant(BEGIN)));
    Expr end = body.let("end", place.at(tir.constant(END)));
    Expr first = body.let("first", place.at(tir.constant(FIRST)).times(ITEMS));
    Expr length = body.let("length", end.minus(begin));
    attend(body, new Place(itemX, itemY, head.times(size), begin, end, first, length), qkv, out);
  }

  /** Counts tiles through the sequences; without a tile, begin and end are equal. */
  private static Buffer find(Body body, Expr tile, Expr sequences, Buffer offsets, Expr rows) {
    Tir tir = body.tir();
    Buffer place = body.registers("place", DataType.INT32, 4);
    body.store(place, tile, tir.constant(LEFT));
    for (int slot : new int[] {BEGIN, END, FIRST}) {
      body.store(place, tir.constant(0), tir.constant(slot));
    }
    Expr zero = tir.constant(0);
    body.loop(
        "sequence",
        sequences,
        (each, sequence) -> {
          Expr begin = each.let("b", offsets.at(sequence).max(zero).min(rows));
          Expr end = each.let("e", offsets.at(sequence.plus(1)).max(begin).min(rows));
          Expr tiles = each.let("tiles", end.minus(begin).plus(ITEMS - 1).quotient(ITEMS));
          Expr left = each.let("left", place.at(tir.constant(LEFT)));
          each.when(
              zero.atMost(left),
              upTo ->
                  upTo.when(
                      left.lessThan(tiles),
                      here -> {
                        here.store(place, begin, tir.constant(BEGIN));
                        here.store(place, end, tir.constant(END));
                        here.store(place, left, tir.constant(FIRST));
                      }));
          each.store(place, left.minus(tiles), tir.constant(LEFT));
        });
    return place;
  }

  private void attend(Body body, Place place, Buffer qkv, Buffer out) {
    Tir tir = body.tir();
    int width = heads * size;
    Buffer queries = body.shared("queries", DataType.FLOAT32, ITEMS, size + Vectors.LANES);
    Buffer keys = body.shared("keys", DataType.FLOAT32, keys(), size + Vectors.LANES);
    Buffer values = body.shared("values", DataType.FLOAT32, keys(), size);
    Buffer scores = body.shared("scores", DataType.FLOAT32, ITEMS, keys());
    Buffer sums = body.registers("sums", Vectors.TYPE, parts());
    Buffer state = body.registers("state", DataType.FLOAT32, 2); // greatest score, sum
    Buffer lanes = body.registers("lanes", DataType.FLOAT32, Vectors.LANES);
    Expr greatest = tir.constant(0);
    Expr total = tir.constant(1);
    body.store(state, tir.constant(MASKED), greatest);
    body.store(state, tir.constant(0f), total);
    for (int part = 0; part < parts(); part++) {
      body.store(sums, tir.constant(0f, Vectors.LANES), tir.constant(part));
    }
    float scale = (float) (1 / Math.sqrt(size));
    carry(
        body,
        place,
        ITEMS,
        (row, column) ->
            qkv.vector(Vectors.LANES, row(tir, place, place.first().plus(row), qkv), column)
                .times(Vectors.constant(tir, scale, Vectors.LANES)),
        queries);
    body.loop(
        "block",
        place.length().plus(keys() - 1).quotient(keys()),
        (block, number) -> {
          Expr base = number.times(keys());
          block.barrier();
          carry(
              block,
              place,
              keys(),
              (row, column) ->
                  qkv.vector(
                      Vectors.LANES, row(tir, place, base.plus(row), qkv), column.plus(width)),
              keys);
          carry(
              block,
              place,
              keys(),
              (row, column) ->
                  qkv.vector(
                      Vectors.LANES, row(tir, place, base.plus(row), qkv), column.plus(2 * width)),
              values);
          block.barrier();
          for (int i = 0; i < keys(); i += ITEMS) {
            Expr key = place.itemX().plus(i);
            Expr score = score(block, queries, place.itemY(), keys, key);
            Expr inside = base.plus(key).lessThan(place.length());
            block.store(
                scores, Expr.select(inside, score, tir.constant(MASKED)), place.itemY(), key);
          }
          block.barrier();
          Expr before = block.let("before", state.at(greatest));
          Expr now = block.let("now", greatest(block, scores, place.itemY(), lanes).max(before));
          Expr factor =
              block.let("factor", tir.external("exp", DataType.FLOAT32, before.minus(now)));
          block.store(state, now, greatest);
          block.barrier();
          for (int i = 0; i < keys(); i += ITEMS) {
            Expr key = place.itemX().plus(i);
            Expr relative = scores.at(place.itemY(), key).minus(now);
            block.store(
                scores, tir.external("exp", DataType.FLOAT32, relative), place.itemY(), key);
          }
          block.barrier();
          addUp(block, place, scores, values, factor, state.at(total), sums, state, total);
        });
    Expr query = place.first().plus(place.itemY());
    for (int part = 0; part < parts(); part++) {
      Expr sum = sums.at(tir.constant(part));
      Expr vector = place.itemX().plus(part * ITEMS);
      body.when(
          query.lessThan(place.length()),
          real ->
              real.when(
                  vector.lessThan(tir.constant(vectors())),
                  store ->
                      store.store(
                          out,
                          sum.dividedBy(state.at(total).broadcast(Vectors.LANES)),
                          place.begin().plus(query),
                          place.column().plus(vector.times(Vectors.LANES)))));
    }
  }

  /** A row of the sequence, in memory: beyond its last, the last. */
  private static Expr row(Tir tir, Place place, Expr index, Buffer qkv) {
    Expr row = place.begin().plus(index).min(place.end().plus(-1));
    return Vectors.clamp(tir, row, qkv.shape().getFirst());
  }

  @FunctionalInterface
  private interface Source {
    /** The vector of a row of the block at a column of the batch. */
    Expr at(Expr row, Expr column);
  }

  /** Carries rows of the head into local memory, by all items. */
  private void carry(Body body, Place place, int rows, Source source, Buffer to) {
    int all = rows * vectors();
    Tir tir = body.tir();
    for (int first = 0; first < all; first += ITEMS * ITEMS) {
      Expr index = place.item().plus(first);
      Expr row = index.quotient(vectors());
      Expr column = index.remainder(vectors()).times(Vectors.LANES);
      body.when(
          index.lessThan(tir.constant(all)),
          inside -> inside.store(to, source.at(row, place.column().plus(column)), row, column));
    }
  }

  private Expr score(Body body, Buffer queries, Expr query, Buffer keys, Expr key) {
    Tir tir = body.tir();
    Buffer dot = body.registers("products", Vectors.TYPE, 1);
    Expr zero = tir.constant(0);
    body.store(dot, tir.constant(0f, Vectors.LANES), zero);
    body.loop(
        "d",
        vectors(),
        (step, vector) -> {
          Expr column = vector.times(Vectors.LANES);
          Expr q = queries.vector(Vectors.LANES, query, column);
          Expr k = keys.vector(Vectors.LANES, key, column);
          step.store(dot, Vectors.multiplyAdd(tir, q, k, dot.at(zero)), zero);
        });
    return body.let("score", Vectors.sum(tir, dot.at(zero)));
  }

  private Expr greatest(Body body, Buffer scores, Expr query, Buffer lanes) {
    Tir tir = body.tir();
    Expr most = scores.vector(Vectors.LANES, query, tir.constant(0));
    for (int i = Vectors.LANES; i < keys(); i += Vectors.LANES) {
      Expr next = scores.vector(Vectors.LANES, query, tir.constant(i));
      most = tir.external("fmax", Vectors.TYPE, most, next);
    }
    body.store(lanes, most, tir.constant(0));
    Expr greatest = lanes.at(tir.constant(0));
    for (int i = 1; i < Vectors.LANES; i++) {
      greatest = greatest.max(lanes.at(tir.constant(i)));
    }
    return body.let("greatest", greatest);
  }

  private void addUp(
      Body body,
      Place place,
      Buffer scores,
      Buffer values,
      Expr factor,
      Expr soFar,
      Buffer sums,
      Buffer state,
      Expr total) {
    Tir tir = body.tir();
    Expr sum = scores.vector(Vectors.LANES, place.itemY(), tir.constant(0));
    for (int i = Vectors.LANES; i < keys(); i += Vectors.LANES) {
      sum = sum.plus(scores.vector(Vectors.LANES, place.itemY(), tir.constant(i)));
    }
    body.store(state, Vectors.multiplyAdd(tir, soFar, factor, Vectors.sum(tir, sum)), total);
    for (int part = 0; part < parts(); part++) {
      Expr slot = tir.constant(part);
      body.store(sums, sums.at(slot).times(factor.broadcast(Vectors.LANES)), slot);
    }
    body.loop(
        "key",
        keys(),
        (step, key) -> {
          Expr weight = step.let("p", scores.at(place.itemY(), key));
          for (int part = 0; part < parts(); part++) {
            Expr slot = tir.constant(part);
            Expr vector = place.itemX().plus(part * ITEMS).min(tir.constant(vectors() - 1));
            Expr value = values.vector(Vectors.LANES, key, vector.times(Vectors.LANES));
            step.store(
                sums,
                Vectors.multiplyAdd(tir, weight.broadcast(Vectors.LANES), value, sums.at(slot)),
                slot);
          }
        });
  }
}
