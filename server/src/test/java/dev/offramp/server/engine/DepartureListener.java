package dev.offramp.server.engine;

/** Hears of texts that nobody gives up and no kernel fails. */
@FunctionalInterface
public interface DepartureListener extends Caller.Listener {

  @Override
  default void onAbandoned() {
    throw new AssertionError("nobody gave up");
  }

  @Override
  default void onFailure(Throwable cause) {
    throw new AssertionError("nothing fails here", cause);
  }
}
