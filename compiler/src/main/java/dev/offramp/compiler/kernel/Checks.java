package dev.offramp.compiler.kernel;

import dev.offramp.compiler.tir.Body;
import dev.offramp.compiler.tir.Buffer;
import dev.offramp.compiler.tir.Expr;

/** Checks that a kernel makes of its arguments before it touches memory with them. */
public final class Checks {
  private Checks() {}

  /** A count must not be negative, nor more than the rows of any of the buffers. */
  public static void count(Body body, String name, Expr count, Buffer... buffers) {
    body.requireNotNegative(name + ": negative (expected: >= 0)", count);
    for (Buffer buffer : buffers) {
      body.requireNotNegative(
          "%s: more than %s has rows".formatted(name, buffer.name()),
          buffer.shape().getFirst().minus(count));
    }
  }

  /** An index must lie in {@code [0, limit)}. */
  public static void index(Body body, String name, Expr index, Expr limit) {
    body.requireNotNegative(name + ": out of range", index, limit.plus(-1).minus(index));
  }
}
