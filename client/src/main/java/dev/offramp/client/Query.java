package dev.offramp.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A text to classify and how. Immutable: each {@code with} method returns a changed copy.
 *
 * <pre>{@code
 * Query.of("an utterly charming film").withExit(Tier.of("x3")).withDeadline(Duration.ofMillis(50))
 * }</pre>
 *
 * @param input what to classify
 * @param exit where to leave the model; {@link Tier#FULL} unless changed
 * @param model the model's name; empty for the only model of the server
 * @param version the model's version, or {@code @} and a label; empty for the one labelled {@code
 *     stable}, or else the newest
 * @param truncate whether to cut a text that is too long for the model, instead of failing
 * @param bypassCache whether to neither read nor write the server's cache
 * @param deadline how long the answer may take; null for the client's default
 */
public record Query(
    Input input,
    Exit exit,
    String model,
    String version,
    boolean truncate,
    boolean bypassCache,
    @Nullable Duration deadline) {

  public Query {
    if (deadline != null && !deadline.isPositive()) {
      throw new IllegalArgumentException("deadline: " + deadline + " (expected: > 0)");
    }
  }

  /** Asks about one text. */
  public static Query of(String text) {
    return of(new Input.Text(text));
  }

  /** Asks about any input. */
  public static Query of(Input input) {
    return new Query(input, Tier.FULL, "", "", false, false, null);
  }

  /** Leaves the model at this tier or by this rule. */
  public Query withExit(Exit exit) {
    return new Query(input, exit, model, version, truncate, bypassCache, deadline);
  }

  /** Asks this model's version that is labelled {@code stable}, or else its newest. */
  public Query withModel(String model) {
    return withModel(model, "");
  }

  /** Asks this version of this model; {@code @candidate} is what that label points at. */
  public Query withModel(String model, String version) {
    return new Query(input, exit, model, version, truncate, bypassCache, deadline);
  }

  /** Cuts a text that is too long for the model, instead of failing. */
  public Query withTruncation() {
    return new Query(input, exit, model, version, true, bypassCache, deadline);
  }

  /** Neither reads nor writes the server's cache: for measurements. */
  public Query withoutCache() {
    return new Query(input, exit, model, version, truncate, true, deadline);
  }

  /** Fails with {@link DeadlineExceededException} when the answer takes longer. */
  public Query withDeadline(Duration deadline) {
    return new Query(input, exit, model, version, truncate, bypassCache, deadline);
  }
}
