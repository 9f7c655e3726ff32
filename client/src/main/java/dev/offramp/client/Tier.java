package dev.offramp.client;

/**
 * A named, calibrated exit rule of a model, such as {@code x2}: about twice as fast as running
 * every layer. {@link OfframpClient#models()} lists the tiers that each model has.
 *
 * @param name as the model names it
 */
public record Tier(String name) implements Exit {

  /** Runs every layer. Every model has it. */
  public static final Tier FULL = new Tier("full");

  public Tier {
    if (name.isBlank()) {
      throw new IllegalArgumentException("name: blank (expected: a tier such as x2)");
    }
  }

  /** The tier of this name. */
  public static Tier of(String name) {
    return new Tier(name);
  }
}
