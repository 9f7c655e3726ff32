package dev.offramp.server.refusal;

import java.time.Duration;

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
    /** The server is shutting down. */
    CLOSING
  }

  private final Reason reason;

  private final Duration retryAfter;

  private Refusal(Reason reason, String message) {
    this(reason, message, Duration.ZERO);
  }

  private Refusal(Reason reason, String message, Duration retryAfter) {
    // Refusals are answers, not faults: where they were thrown is of no use to anyone.
    super(message, null, false, false);
    this.reason = reason;
    this.retryAfter = retryAfter;
  }

  /** Why. */
  public Reason reason() {
    return reason;
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

  /** Too much is waiting already, and nothing is known of when that changes. */
  public static Refusal overloaded(String message) {
    return overloaded(message, Duration.ZERO);
  }

  /** Too much is waiting already. */
  public static Refusal overloaded(String message, Duration retryAfter) {
    return new Refusal(Reason.OVERLOADED, message, retryAfter);
  }

  /** The deadline has passed. */
  public static Refusal deadline(String message) {
    return new Refusal(Reason.DEADLINE, message);
  }

  /** The server is shutting down. */
  public static Refusal closing() {
    return new Refusal(Reason.CLOSING, "the server is shutting down (retry elsewhere)");
  }
}
