package dev.offramp.server.wire;

import com.google.protobuf.Timestamp;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/** Times on the wire. */
public final class Times {

  /** A span. */
  public static com.google.protobuf.Duration write(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  /** A moment. */
  public static Timestamp write(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  /**
   * The span of a message.
   *
   * @throws IllegalArgumentException if it is longer than can be
   */
  public static Duration read(com.google.protobuf.Duration message) {
    try {
      return Duration.ofSeconds(message.getSeconds(), message.getNanos());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "%d s (expected: a span of time)".formatted(message.getSeconds()), e);
    }
  }

  /**
   * The moment of a message.
   *
   * @throws IllegalArgumentException if there is no such one
   */
  public static Instant read(Timestamp message) {
    try {
      return Instant.ofEpochSecond(message.getSeconds(), message.getNanos());
    } catch (DateTimeException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "%d s (expected: a moment, in seconds from 1970 on)".formatted(message.getSeconds()), e);
    }
  }

  private Times() {}
}
