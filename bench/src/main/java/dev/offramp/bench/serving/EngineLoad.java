package dev.offramp.bench.serving;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Caller;
import dev.offramp.server.engine.Departure;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.Lane;
import dev.offramp.server.engine.Passage;
import dev.offramp.server.engine.Priority;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * A saturating load: always so many texts on their way, each answer followed by the next text. What
 * leaves within a window after a warm-up counts.
 *
 * <p>Threading: one load at a time; answers come on workers.
 *
 * @param engine runs the texts
 * @param lane the model, held by the caller
 * @param texts sent round and round
 * @param inFlight how many are on their way at any time
 */
record EngineLoad(Engine engine, Lane lane, List<EncodedText> texts, int inFlight) {

  /** Whose turn it is while flows take turns: there is one. */
  static final Object FLOW = new Object();

  /**
   * What came of it.
   *
   * @param perSecond texts that left a second
   * @param meanDepth layers that these ran
   */
  record Result(double perSecond, double meanDepth) {}

  /**
   * Runs one load to its end.
   *
   * @param rules the rule of the text of each number
   * @param onWindow runs when the window begins
   */
  Result run(IntFunction<ExitRule> rules, Duration warmUp, Duration window, Runnable onWindow)
      throws InterruptedException {
    var load = new Saturation(inFlight);
    var sender = new Sender(rules, load);
    Saturation.Result result = load.run(sender::next, warmUp, window, onWindow);
    return new Result(result.perSecond(), result.mean());
  }

  private final class Sender implements Caller.Listener {
    private final IntFunction<ExitRule> rules;
    private final Saturation load;
    private final AtomicInteger number = new AtomicInteger();

    Sender(IntFunction<ExitRule> rules, Saturation load) {
      this.rules = rules;
      this.load = load;
    }

    void next() {
      int i = number.getAndIncrement();
      var caller = new Caller(rules.apply(i), Caller.NO_DEADLINE, this);
      // Not traced: exits that no rule asks for are not evaluated, as in a server without a cache.
      var passage =
          new Passage(
              texts.get(i % texts.size()), caller, Priority.NORMAL, FLOW, null, null, false);
      Engine.Offer offer = engine.offer(lane, passage);
      if (offer != Engine.Offer.ACCEPTED) {
        load.failed(new IllegalStateException("a text was not accepted: " + offer));
      }
    }

    @Override
    public void onDeparture(Departure departure) {
      load.ended(departure.exit().depth(), this::next);
    }

    @Override
    public void onAbandoned() {
      load.failed(new IllegalStateException("a text was abandoned"));
    }

    @Override
    public void onFailure(Throwable cause) {
      load.failed(cause);
    }
  }
}
