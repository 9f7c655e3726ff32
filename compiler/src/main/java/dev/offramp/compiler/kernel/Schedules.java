package dev.offramp.compiler.kernel;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.model.checkpoint.ModelConfig;

/**
 * How each kernel of a model is cut up.
 *
 * @param qkv of the query, key and value projection
 * @param attention of the attention
 * @param attentionOutput of its output projection
 * @param up of the feed-forward layer's widening half
 * @param down of the feed-forward layer's narrowing half
 * @param pooler of the exits' pooler
 */
public record Schedules(
    GemmSchedule qkv,
    AttentionSchedule attention,
    GemmSchedule attentionOutput,
    GemmSchedule up,
    GemmSchedule down,
    GemmSchedule pooler) {

  /** Good schedules where nothing was measured. */
  public static Schedules defaults(ModelConfig config, CpuTarget target) {
    int hidden = config.hiddenSize();
    int wide = config.intermediateSize();
    GemmSchedule square = DefaultSchedules.gemm(target, hidden, hidden);
    return new Schedules(
        DefaultSchedules.gemm(target, hidden, 3 * hidden),
        DefaultSchedules.attention(target, config.headSize()),
        square,
        DefaultSchedules.gemm(target, hidden, wide),
        DefaultSchedules.gemm(target, wide, hidden),
        square);
  }

  /** The rows of the tallest tile: buffers have this many less one beyond the rows of a batch. */
  public int rowTile() {
    return Math.max(
        Math.max(Math.max(qkv.rows(), attentionOutput.rows()), Math.max(up.rows(), down.rows())),
        pooler.rows());
  }
}
