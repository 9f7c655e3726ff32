package dev.offramp.compiler.tune;

import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.checkpoint.ModelConfig;
import java.util.List;

/**
 * A kernel at a shape: what a schedule is good for, whatever model it comes from.
 *
 * @param kernel its name, see {@link KernelNames}
 * @param inner K of a product, the width of a head for attention
 * @param outer N of a product, the number of heads for attention
 */
public record Workload(String kernel, int inner, int outer) {

  /** The kernels of a model that have a schedule to look for, those that take longest first. */
  public static List<Workload> of(ModelConfig config) {
    int hidden = config.hiddenSize();
    int wide = config.intermediateSize();
    return List.of(
        new Workload(KernelNames.FFN_UP, hidden, wide),
        new Workload(KernelNames.FFN_DOWN, wide, hidden),
        new Workload(KernelNames.QKV, hidden, 3 * hidden),
        new Workload(KernelNames.ATTENTION_OUTPUT, hidden, hidden),
        new Workload(KernelNames.ATTENTION, config.headSize(), config.heads()));
  }

  /** The name that records use. */
  public String key() {
    return "%s k%d n%d".formatted(kernel, inner, outer);
  }

  /** Whether it is a product of matrices. */
  public boolean isProduct() {
    return !kernel.equals(KernelNames.ATTENTION);
  }

  /**
   * Operations of a batch, a multiplication and an addition counted as two.
   *
   * @param tokens in the batch
   * @param length of each of its sequences, which attention depends on
   */
  public double operations(int tokens, int length) {
    return isProduct() ? 2.0 * tokens * inner * outer : 4.0 * tokens * length * inner * outer;
  }
}
