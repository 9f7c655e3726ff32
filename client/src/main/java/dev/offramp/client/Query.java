package dev.offramp.client;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
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
 * @param timeout how long the server may take before it answers with the deepest exit so far; null
 *     for the deadline alone
 * @param priority who goes first while requests wait
 * @param subject what experiments see of it
 * @param bounds how far the server may go with a bolder tier while it is short of time
 */
public record Query(
    Input input,
    Exit exit,
    String model,
    String version,
    boolean truncate,
    boolean bypassCache,
    @Nullable Duration deadline,
    @Nullable Duration timeout,
    Priority priority,
    Bounds bounds,
    Subject subject) {

  /** Who goes first while requests wait for a worker. */
  public enum Priority {
    /** Before all others. */
    HIGH,
    /** Unless said otherwise. */
    NORMAL,
    /** When nobody else waits. */
    LOW
  }

  /**
   * Within what a server that is short of time may apply a bolder tier than asked for; the answer
   * says so. With neither, it never does.
   *
   * @param minTier the boldest tier
   * @param maxDisagreement the most disagreement with the full model, 0 to 1
   */
  public record Bounds(Optional<Tier> minTier, OptionalDouble maxDisagreement) {
    /** The tier as asked, always. */
    public static final Bounds NONE = new Bounds(Optional.empty(), OptionalDouble.empty());
  }

  /**
   * What experiments see of a query.
   *
   * @param unit who or what it is for, such as a user's id: the unit that experiments split; empty
   *     for none
   * @param metadata what experiments may look at to choose their requests
   * @param requestId its own id, never used twice; empty to be given one where it takes part
   * @param withoutExperiment whether to be answered as asked, whatever experiments run
   */
  public record Subject(
      String unit, Map<String, String> metadata, String requestId, boolean withoutExperiment) {
    /** Nobody in particular. */
    public static final Subject NONE = new Subject("", Map.of(), "", false);

    public Subject {
      metadata = Map.copyOf(metadata);
    }
  }

  public Query {
    if (timeout != null && !timeout.isPositive()) {
      throw new IllegalArgumentException("timeout: " + timeout + " (expected: > 0)");
    }
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
    return new Query(
        input,
        Tier.FULL,
        "",
        "",
        false,
        false,
        null,
        null,
        Priority.NORMAL,
        Bounds.NONE,
        Subject.NONE);
  }

  /** Leaves the model at this tier or by this rule. */
  public Query withExit(Exit exit) {
    return with(copy -> copy.exit = exit);
  }

  /** Asks this model's version that is labelled {@code stable}, or else its newest. */
  public Query withModel(String model) {
    return withModel(model, "");
  }

  /** Asks this version of this model; {@code @candidate} is what that label points at. */
  public Query withModel(String model, String version) {
    return with(copy -> {
      copy.model = model;
      copy.version = version;
    });
  }

  /** Cuts a text that is too long for the model, instead of failing. */
  public Query withTruncation() {
    return with(copy -> copy.truncate = true);
  }

  /** Neither reads nor writes the server's cache: for measurements. */
  public Query withoutCache() {
    return with(copy -> copy.bypassCache = true);
  }

  /** Fails with {@link DeadlineExceededException} when the answer takes longer. */
  public Query withDeadline(Duration deadline) {
    return with(copy -> copy.deadline = deadline);
  }

  /**
   * Is answered with the deepest exit so far once the server has no time for another layer, marked
   * {@link Answer.ExitReason#DEADLINE}; a deadline does the same, less what the network takes.
   */
  public Query withTimeout(Duration timeout) {
    return with(copy -> copy.timeout = timeout);
  }

  /** Goes before or after others while requests wait. */
  public Query withPriority(Priority priority) {
    return with(copy -> copy.priority = priority);
  }

  /** Lets a server that is short of time apply bolder tiers, up to this one. */
  public Query withMinTier(Tier minTier) {
    return withBounds(new Bounds(Optional.of(minTier), bounds.maxDisagreement()));
  }

  /** Lets a server that is short of time apply bolder tiers that disagree this much at most. */
  public Query withMaxDisagreement(double maxDisagreement) {
    return withBounds(new Bounds(bounds.minTier(), OptionalDouble.of(maxDisagreement)));
  }

  /**
   * Is for this unit, such as a user: a running experiment may answer it at another tier, by
   * another rule or version, the same for all queries of the unit; the answer says so.
   */
  public Query withUnit(String unit) {
    return with(
        new Subject(unit, subject.metadata(), subject.requestId(), subject.withoutExperiment()));
  }

  /** Tells experiments this, too, to choose their requests by. */
  public Query withMetadata(String key, String value) {
    var metadata = new HashMap<>(subject.metadata());
    metadata.put(key, value);
    return with(
        new Subject(subject.unit(), metadata, subject.requestId(), subject.withoutExperiment()));
  }

  /** Has an id of its own, by which outcomes can be reported. */
  public Query withRequestId(String id) {
    return with(new Subject(subject.unit(), subject.metadata(), id, subject.withoutExperiment()));
  }

  /** Is answered as asked, whatever experiments run. */
  public Query withoutExperiment() {
    return with(new Subject(subject.unit(), subject.metadata(), subject.requestId(), true));
  }

  private Query with(Subject subject) {
    return with(copy -> copy.subject = subject);
  }

  private Query withBounds(Bounds bounds) {
    return with(copy -> copy.bounds = bounds);
  }

  private Query with(Consumer<Copy> change) {
    var copy = new Copy(this);
    change.accept(copy);
    return copy.query();
  }

  /** A query's components on their way into the next one. */
  private static final class Copy {
    private final Input input;
    private Exit exit;
    private String model;
    private String version;
    private boolean truncate;
    private boolean bypassCache;
    private @Nullable Duration deadline;
    private @Nullable Duration timeout;
    private Priority priority;
    private Bounds bounds;
    private Subject subject;

    Copy(Query query) {
      input = query.input;
      exit = query.exit;
      model = query.model;
      version = query.version;
      truncate = query.truncate;
      bypassCache = query.bypassCache;
      deadline = query.deadline;
      timeout = query.timeout;
      priority = query.priority;
      bounds = query.bounds;
      subject = query.subject;
    }

    Query query() {
      return new Query(
          input,
          exit,
          model,
          version,
          truncate,
          bypassCache,
          deadline,
          timeout,
          priority,
          bounds,
          subject);
    }
  }
}
