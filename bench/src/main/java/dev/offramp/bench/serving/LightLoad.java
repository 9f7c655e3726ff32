package dev.offramp.bench.serving;

import dev.offramp.client.OfframpClient;
import dev.offramp.client.Query;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Caller;
import dev.offramp.server.engine.Departure;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.Lane;
import dev.offramp.server.engine.Passage;
import dev.offramp.server.engine.Priority;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.HdrHistogram.Histogram;

/** One text at a time, for its latency. */
final class LightLoad {
  private static final long HIGHEST_NANOS = 60_000_000_000L;

  private LightLoad() {}

  /** Texts given to the engine itself, tokenized beforehand: nanoseconds until each is answered. */
  static Histogram engine(Engine engine, Lane lane, List<EncodedText> texts, ExitRule rule) {
    var nanos = new Histogram(HIGHEST_NANOS, 3);
    for (EncodedText text : texts) {
      var answer = new CompletableFuture<Departure>();
      long began = System.nanoTime();
      var caller = new Caller(rule, Caller.NO_DEADLINE, new Completes(answer));
      Engine.Offer offer =
          engine.offer(
              lane, new Passage(text, caller, Priority.NORMAL, EngineLoad.FLOW, null, null, false));
      if (offer != Engine.Offer.ACCEPTED) {
        throw new IllegalStateException("a text was not accepted: " + offer);
      }
      answer.join();
      nanos.recordValue(Math.min(System.nanoTime() - began, HIGHEST_NANOS));
    }
    return nanos;
  }

  /** Queries sent by the client: nanoseconds until each answer is back. */
  static Histogram client(OfframpClient client, List<Query> queries) {
    var nanos = new Histogram(HIGHEST_NANOS, 3);
    for (Query query : queries) {
      long began = System.nanoTime();
      var _ = client.classify(query);
      nanos.recordValue(Math.min(System.nanoTime() - began, HIGHEST_NANOS));
    }
    return nanos;
  }

  private record Completes(CompletableFuture<Departure> answer) implements Caller.Listener {

    @Override
    public void onDeparture(Departure departure) {
      answer.complete(departure);
    }

    @Override
    public void onAbandoned() {
      onFailure(new IllegalStateException("a text was abandoned"));
    }

    @Override
    public void onFailure(Throwable cause) {
      answer.completeExceptionally(cause);
    }
  }
}
