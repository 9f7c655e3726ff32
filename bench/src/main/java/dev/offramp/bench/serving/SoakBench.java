package dev.offramp.bench.serving;

import dev.offramp.client.Query;
import dev.offramp.model.artifact.Artifact;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Soaks a server of its own, which is warm, and refuses what servers refuse unless told otherwise.
 *
 * <p>Threading: one thread, which sits on the client's CPU.
 */
final class SoakBench {
  /** How much more comes than can be answered, unless told otherwise. */
  static final double OVERLOAD = 1.2;

  private static final Duration SETTLE = Duration.ofSeconds(1);

  private final Path work;
  private final Seats seats;
  private final Duration window;
  private final ServerBench.Progress progress;

  /**
   * Plans it.
   *
   * @param window how long the server's capacity is measured
   */
  SoakBench(Path work, Seats seats, Duration window, ServerBench.Progress progress) {
    this.work = work;
    this.seats = seats;
    this.window = window;
    this.progress = progress;
  }

  /** One soak of so many calls. */
  Soak.Result run(Artifact model, List<Query> queries, int calls)
      throws IOException, InterruptedException {
    return run(model, queries, calls, OVERLOAD, /* times= */ 1).getLast();
  }

  /**
   * Soaks one server several times.
   *
   * @param overload calls a second over the answers that it can give
   */
  List<Soak.Result> run(Artifact model, List<Query> queries, int calls, double overload, int times)
      throws IOException, InterruptedException {
    try (Served served = Served.asUsual(work, seats, model.directory())) {
      var load = new ClientLoad(served.client(), queries, ServerBench.SMALL_IN_FLIGHT);
      var _ = load.run(SETTLE, window.multipliedBy(ServerBench.LARGE_WINDOWS));
      var _ =
          LightLoad.client(
              served.client(), ServerBench.repeated(queries, ServerBench.WARM_UP_TEXTS));
      var results = new ArrayList<Soak.Result>();
      for (int i = 1; i <= times; i++) {
        double capacity = load.run(SETTLE, window).perSecond();
        progress.say(
            "Sending %,d calls %s times as fast as the %,.0f a second that can be answered ...",
            calls, overload, capacity);
        results.add(
            new Soak(served.client(), queries, served.process())
                .run(calls, overload * capacity, i));
      }
      served.process().stop();
      return results;
    }
  }
}
