package dev.offramp.trainer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * The batches of one epoch: every text once, in an order that depends only on seed and epoch, with
 * texts of like length together so that little is padding.
 *
 * <p>Texts are shuffled, sorted by length within pools of some batches, and cut; then the batches
 * are shuffled.
 */
final class BatchPlan {
  /** Batches sorted together: more means less padding, fewer means less order. */
  private static final int POOL = 50;

  private BatchPlan() {}

  /** How many batches an epoch has. */
  static long count(int texts, int batch) {
    return (texts + (long) batch - 1) / batch;
  }

  /**
   * The indices of each batch's texts.
   *
   * @param lengths each text's tokens
   */
  static List<int[]> epoch(int[] lengths, int batch, long seed) {
    // java.util.Random's algorithm is part of its contract: a plan outlives a change of JDK.
    var random = new Random(seed);
    List<Integer> order = new ArrayList<>(lengths.length);
    for (int i = 0; i < lengths.length; i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    var batches = new ArrayList<int[]>();
    int pool = batch * POOL;
    for (int start = 0; start < order.size(); start += pool) {
      List<Integer> part = order.subList(start, Math.min(order.size(), start + pool));
      part.sort(Comparator.comparingInt(i -> lengths[i]));
      int[] indices = part.stream().mapToInt(Integer::intValue).toArray();
      for (int from = 0; from < indices.length; from += batch) {
        batches.add(Arrays.copyOfRange(indices, from, Math.min(indices.length, from + batch)));
      }
    }
    Collections.shuffle(batches, random);
    return batches;
  }
}
