package dev.offramp.trainer.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Where texts leave under one rule.
 *
 * @param name whose distribution it is, for people
 * @param shares the share of texts that leave at each depth; index 0 is depth 1
 */
public record DepthDistribution(String name, List<Double> shares) {
  /** Copies the shares. */
  public DepthDistribution {
    shares = List.copyOf(shares);
  }

  /** Of counts by depth. */
  public static DepthDistribution of(String name, List<Integer> exits) {
    double all = exits.stream().mapToInt(count -> count).sum();
    List<Double> shares = new ArrayList<>();
    exits.forEach(count -> shares.add(count / all));
    return new DepthDistribution(name, shares);
  }

  /**
   * The total variation distance: the share of texts that would have to leave elsewhere for the two
   * to be alike, 0 to 1.
   */
  public double distance(DepthDistribution other) {
    if (other.shares.size() != shares.size()) {
      throw new IllegalArgumentException(
          "depths: %d (expected: %d)".formatted(other.shares.size(), shares.size()));
    }
    double sum = 0;
    for (int i = 0; i < shares.size(); i++) {
      sum += Math.abs(shares.get(i) - other.shares.get(i));
    }
    return sum / 2;
  }
}
