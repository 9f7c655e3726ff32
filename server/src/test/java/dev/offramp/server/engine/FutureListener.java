package dev.offramp.server.engine;

import java.util.concurrent.CompletableFuture;

/** A passage's end as a future: abandoned is cancelled, failed is failed. */
record FutureListener(CompletableFuture<Departure> end) implements Caller.Listener {

  @Override
  public void onDeparture(Departure departure) {
    requireFirst(end.complete(departure));
  }

  @Override
  public void onAbandoned() {
    requireFirst(end.cancel(false));
  }

  @Override
  public void onFailure(Throwable cause) {
    requireFirst(end.completeExceptionally(cause));
  }

  private static void requireFirst(boolean first) {
    if (!first) {
      throw new IllegalStateException("a passage ended twice");
    }
  }
}
