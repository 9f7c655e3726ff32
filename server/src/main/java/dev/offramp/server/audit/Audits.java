package dev.offramp.server.audit;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.cache.SharedTexts;
import dev.offramp.server.cache.TextKey;
import dev.offramp.server.engine.Caller;
import dev.offramp.server.engine.Departure;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.Passage;
import dev.offramp.server.engine.Priority;
import dev.offramp.server.experiment.count.Event;
import dev.offramp.server.registry.ServedModel;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/*
 * An audit begins when its request has been answered, and is a text of its own: the engine starts it
 * when nothing else waits, in no batch with others, from the hidden rows where the answered text left
 * if the cache still has them; while others wait, a worker's audits gather, and get a small part of its
 * time. It is dropped if it is predicted to wait for more than a little, behind
 * those who wait for answers and behind other audits; if as many of its model are under way as make a
 * batch of every worker; and if it has not ended within its time, as when
 * load came after it was let in. Which are dropped depends on the load, not on what tiers say.
 */

/**
 * Runs a share of the answered texts on to full depth and scores every tier on them.
 *
 * <p>Threading: safe for all threads; {@link #answered} waits for nobody. Ownership: {@link #close}
 * drops those that have not ended, so that they hold up nobody who closes the engine.
 */
public final class Audits implements AutoCloseable {

  private static final Logger log = LogManager.getLogger(Audits.class);

  /** All audits are of one flow: what waits is bounded over all of them. */
  private static final Object FLOW = new Object();

  private final AuditSettings settings;
  private final Engine engine;
  private final SharedTexts texts;
  private final Consumer<Event> events;
  private final LongSupplier nanoTime;
  private final DoubleSupplier random;
  private final LongAdder done = new LongAdder();
  private final LongAdder dropped = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final Set<Audit> underWay = ConcurrentHashMap.newKeySet();

  /** Of those under way, by model. */
  private final Map<Long, Long> tokens = new ConcurrentHashMap<>();

  private volatile boolean closed;

  /**
   * None yet.
   *
   * @param events take note of what audits find
   * @param nanoTime the engine's clock
   * @param random draws from 0 to below 1, on any thread
   */
  public Audits(
      AuditSettings settings,
      Engine engine,
      SharedTexts texts,
      Consumer<Event> events,
      LongSupplier nanoTime,
      DoubleSupplier random) {
    this.settings = settings;
    this.engine = engine;
    this.texts = texts;
    this.events = events;
    this.nanoTime = nanoTime;
    this.random = random;
  }

  /** Whether the next answered request is to be audited. */
  public boolean draws() {
    return settings.share() > 0 && random.getAsDouble() < settings.share();
  }

  /**
   * Audits a text that has been answered; never throws.
   *
   * @param model which answered, its lane held by the caller
   * @param exposure what the request was an exposure to, if anything
   */
  public void answered(ServedModel model, EncodedText text, Optional<Exposure> exposure) {
    try {
      // Before anything is asked of the text: those that went to full depth have their trace, and
      // tiers agree there. Scored while others are dropped, they would hide what tiers get wrong.
      if (isLoaded(model)) {
        dropped.increment();
        return;
      }
      var key = new TextKey(model.id(), text);
      Optional<Trace> known = texts.known(key, ExitRule.fullDepth());
      if (known.isPresent()) {
        score(known.get(), model, exposure);
        return;
      }
      if (!run(key, new Audit(model, text.length(), exposure))) {
        dropped.increment();
      }
    } catch (RuntimeException e) {
      failed.increment();
      log.error("An audit of {} failed", model.label(), e);
    }
  }

  private boolean isLoaded(ServedModel model) {
    return tokens.getOrDefault(model.id(), 0L) >= settings.mostTokens()
        || engine.predictedWait(Priority.AUDIT, FLOW).compareTo(settings.maxWait()) > 0;
  }

  private boolean run(TextKey key, Audit audit) {
    ExitRule full = ExitRule.fullDepth();
    Passage passage = texts.apart(key, full, audit.caller, Priority.AUDIT, FLOW);
    boolean accepted = false;
    begin(audit); // Before it can end, and be taken out.
    try {
      accepted = !closed && engine.offer(audit.model.lane(), passage) == Engine.Offer.ACCEPTED;
    } finally {
      if (!accepted) {
        end(audit);
      }
    }
    return accepted;
  }

  private void begin(Audit audit) {
    underWay.add(audit);
    tokens.merge(audit.model.id(), (long) audit.tokens, Long::sum);
  }

  private void end(Audit audit) {
    if (underWay.remove(audit)) {
      tokens.computeIfPresent(
          audit.model.id(), (_, sum) -> sum > audit.tokens ? sum - audit.tokens : null);
    }
  }

  private void score(Trace trace, ServedModel model, Optional<Exposure> exposure) {
    Scores.of(trace, model, exposure).forEach(events);
    done.increment();
  }

  /** What became of them so far. */
  public AuditStatistics statistics() {
    return new AuditStatistics(done.sum(), dropped.sum(), failed.sum());
  }

  /** Takes no more, and drops those under way at the next layer. */
  @Override
  public void close() {
    closed = true;
    underWay.forEach(audit -> audit.caller.abandon());
  }

  /** Hears how one ended. */
  private final class Audit implements Caller.Listener {
    private final ServedModel model;
    private final int tokens;
    private final Optional<Exposure> exposure;
    private final Caller caller =
        new Caller(
            ExitRule.fullDepth(), nanoTime.getAsLong() + settings.timeLimit().toNanos(), this);

    Audit(ServedModel model, int tokens, Optional<Exposure> exposure) {
      this.model = model;
      this.tokens = tokens;
      this.exposure = exposure;
    }

    @Override
    public void onDeparture(Departure departure) {
      end(this);
      Trace trace = departure.trace();
      if (trace.depth() < trace.layers()) {
        dropped.increment(); // Its time was over.
        return;
      }
      try {
        score(trace, model, exposure);
      } catch (RuntimeException e) {
        failed.increment();
        log.error("What an audit of {} found is lost", model.label(), e);
      }
    }

    @Override
    public void onAbandoned() {
      end(this);
      dropped.increment();
    }

    @Override
    public void onFailure(Throwable cause) {
      end(this);
      failed.increment(); // The engine logged it.
    }
  }
}
