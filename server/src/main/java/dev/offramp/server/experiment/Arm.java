package dev.offramp.server.experiment;

/**
 * One way to answer, and its share of the units.
 *
 * @param weight 0 to 1; of 0 where only overrides reach it
 */
public record Arm(String name, double weight, Treatment treatment) {
  /** Checks the name; weights are checked together. */
  public Arm {
    Checks.name("name", name);
  }
}
