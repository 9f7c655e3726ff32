package dev.offramp.compiler.kernel;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.checkpoint.ModelConfig;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How each kernel of a model is cut up.
 *
 * @param qkv of the query, key and value projection
 * @param attention of the attention
 * @param attentionOutput of its output projection
 * @param up of the feed-forward layer's widening half
 * @param down of the feed-forward layer's narrowing half
 * @param pooler of the exits' pooler
 * @param embedProjection of an ALBERT's projection of embeddings; a BERT has none
 */
public record Schedules(
    GemmSchedule qkv,
    AttentionSchedule attention,
    GemmSchedule attentionOutput,
    GemmSchedule up,
    GemmSchedule down,
    GemmSchedule pooler,
    Optional<GemmSchedule> embedProjection) {

  /**
   * Good schedules where nothing was measured.
   *
   * @throws IllegalArgumentException if a dimension is no multiple of {@value
   *     DefaultSchedules#DIVISOR}
   */
  public static Schedules defaults(ModelConfig config, CpuTarget target) {
    KernelSet.requireShape(config);
    int hidden = config.hiddenSize();
    int wide = config.intermediateSize();
    GemmSchedule square = DefaultSchedules.gemm(target, hidden, hidden);
    return new Schedules(
        DefaultSchedules.gemm(target, hidden, 3 * hidden),
        DefaultSchedules.attention(target, config.headSize()),
        square,
        DefaultSchedules.gemm(target, hidden, wide),
        DefaultSchedules.gemm(target, wide, hidden),
        square,
        config.sharedLayers()
            ? Optional.of(DefaultSchedules.gemm(target, config.embeddingSize(), hidden))
            : Optional.empty());
  }

  /** The schedule of a kernel that has one. The pooler's products are the output projection's. */
  public Schedule of(String kernel) {
    return switch (kernel) {
      case KernelNames.QKV -> qkv;
      case KernelNames.ATTENTION -> attention;
      case KernelNames.ATTENTION_OUTPUT -> attentionOutput;
      case KernelNames.FFN_UP -> up;
      case KernelNames.FFN_DOWN -> down;
      case KernelNames.EXIT_HEAD -> pooler;
      case KernelNames.EMBED_PROJECTION -> embedProjection.orElseThrow(() -> unscheduled(kernel));
      default -> throw unscheduled(kernel);
    };
  }

  /** The same with another schedule for one kernel. */
  public Schedules with(String kernel, Schedule other) {
    return switch (kernel) {
      case KernelNames.QKV ->
          new Schedules(
              (GemmSchedule) other, attention, attentionOutput, up, down, pooler, embedProjection);
      case KernelNames.ATTENTION ->
          new Schedules(
              qkv, (AttentionSchedule) other, attentionOutput, up, down, pooler, embedProjection);
      case KernelNames.ATTENTION_OUTPUT ->
          new Schedules(qkv, attention, (GemmSchedule) other, up, down, pooler, embedProjection);
      case KernelNames.FFN_UP ->
          new Schedules(
              qkv, attention, attentionOutput, (GemmSchedule) other, down, pooler, embedProjection);
      case KernelNames.FFN_DOWN ->
          new Schedules(
              qkv, attention, attentionOutput, up, (GemmSchedule) other, pooler, embedProjection);
      case KernelNames.EXIT_HEAD ->
          new Schedules(
              qkv, attention, attentionOutput, up, down, (GemmSchedule) other, embedProjection);
      case KernelNames.EMBED_PROJECTION ->
          new Schedules(
              qkv, attention, attentionOutput, up, down, pooler, Optional.of((GemmSchedule) other));
      default -> throw unscheduled(kernel);
    };
  }

  private static IllegalArgumentException unscheduled(String kernel) {
    return new IllegalArgumentException(
        "kernel: %s (expected: one that has a schedule)".formatted(kernel));
  }

  /** The rows of the tallest tile: buffers have this many less one beyond the rows of a batch. */
  public int rowTile() {
    return Stream.concat(
            Stream.of(qkv, attentionOutput, up, down, pooler), embedProjection.stream())
        .mapToInt(GemmSchedule::rows)
        .max()
        .orElseThrow();
  }
}
