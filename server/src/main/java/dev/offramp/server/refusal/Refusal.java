package dev.offramp.server.refusal;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A request that gets no answer, and whose fault that is not the server's. */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why, as callers tell cases apart. */
  public enum Reason {
    /** It can never succeed. */
    INVALID,
    /** It names something that is not there. */
    NOT_FOUND,
    /** It cannot succeed as things stand; what has to change first is said. */
    PRECONDITION,
    /** Too much is waiting already. */
    OVERLOADED,
    /** Its deadline has passed. */
    DEADLINE,
    /** What it needs is away. */
    AWAY,
    /** The server is shutting down. */
    CLOSING
  }

  /** Why a request was refused that may be sound itself, as those who run the server tell apart. */
  public enum Cause {
    /** Its wait is predicted to be longer than texts may wait. */
    WAIT(Reason.OVERLOADED),
    /** As many texts wait as a server keeps. */
    TEXTS(Reason.OVERLOADED),
    /** Its wait is predicted to be longer than the time given for an answer. */
    LATE(Reason.OVERLOADED),
    /** Long texts that wait have taken the room that is set aside for them. */
    LONG_TEXTS(Reason.OVERLOADED),
    /** Too many calls of its kind wait, such as loads of models. */
    CALLS(Reason.OVERLOADED),
    /** Others read the counts of experiments. */
    COUNTS(Reason.OVERLOADED),
    /** There is no room on disk for what was reported. */
    DISK(Reason.OVERLOADED),
    /** The time given for an answer is shorter than a layer takes. */
    TOO_SHORT(Reason.DEADLINE),
    /** The time given for an answer was over before the first exit. */
    EXPIRED(Reason.DEADLINE),
    /** The database of experiments is away. */
    STATE_AWAY(Reason.AWAY),
    /** The server is shutting down. */
    CLOSING(Reason.CLOSING);

    private final Reason reason;

    Cause(Reason reason) {
      this.reason = reason;
    }
  }

  private final Reason reason;

  private final @Nullable Cause because;

  private final Duration retryAfter;

  private Refusal(Reason reason, String message) {
    this(reason, null, message, Duration.ZERO);
  }

  private Refusal(Reason reason, @Nullable Cause because, String message, Duration retryAfter) {
    // Refusals are answers, not faults: where they were thrown is of no use to anyone.
    super(message, null, false, false);
    this.reason = reason;
    this.because = because;
    this.retryAfter = retryAfter;
  }

  /** Why. */
  public Reason reason() {
    return reason;
  }

  /** Which state of the server is why; empty where the request itself is. */
  public Optional<Cause> because() {
    return Optional.ofNullable(because);
  }

  /** The request can never succeed. */
  public static Refusal invalid(String message) {
    return new Refusal(Reason.INVALID, message);
  }

  /** The request names something that is not there; the message lists what is. */
  public static Refusal notFound(String message) {
    return new Refusal(Reason.NOT_FOUND, message);
  }

  /** After how long another try makes sense; zero if nothing is known of that. */
  public Duration retryAfter() {
    return retryAfter;
  }

  /** It cannot succeed as things stand; the message says what has to change first. */
  public static Refusal precondition(String message) {
    return new Refusal(Reason.PRECONDITION, message);
  }

  /** The server can't answer it now, and nothing is known of when that changes. */
  public static Refusal of(Cause cause, String message) {
    return of(cause, message, Duration.ZERO);
  }

  /** The server can't answer it now; after a time another try makes sense. */
  public static Refusal of(Cause cause, String message, Duration retryAfter) {
    return new Refusal(cause.reason, cause, message, retryAfter);
  }

  /** The server is shutting down. */
  public static Refusal closing() {
    return of(Cause.CLOSING, "the server is shutting down (retry elsewhere)");
  }
}
