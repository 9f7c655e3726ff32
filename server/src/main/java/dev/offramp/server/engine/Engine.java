package dev.offramp.server.engine;

import dev.offramp.model.checkpoint.ModelConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Runs texts through models on a fixed number of workers, each with kernels of its own.
 *
 * <p>A worker runs one layer at a time, for texts that stand at the same depth. Each text leaves at
 * its own exit and is answered at that moment; new texts start between two layers, and texts whose
 * batch became thin wait for others at their depth if there is enough else to do. Which depth runs
 * next is {@link DepthPolicy}'s matter, who is let in {@link WorkQueue}'s.
 *
 * <p>Threading: safe for all threads. Ownership: {@link #close} ends the workers once all accepted
 * texts have ended; lanes belong to their holders.
 */
public final class Engine implements AutoCloseable {

  /** What became of an offer. */
  public enum Offer {
    /** The passage will end, one way or another, and its callers hear of it. */
    ACCEPTED,
    /** It would have to wait for too long. */
    FULL,
    /** {@link WorkQueue#MOST_TEXTS} wait already, however soon their turn is. */
    CROWDED,
    /**
     * It would have to wait for so long that its deadline passes before it has what it asks for.
     */
    LATE,
    /** The engine or the model is going away. */
    CLOSED
  }

  private static final Logger log = LogManager.getLogger(Engine.class);

  private static final Duration FOREVER = Duration.ofDays(36_500);

  private final WorkQueue queue;
  private final EngineSettings settings;
  private final LongSupplier nanoTime;
  private final IntConsumer pin;
  private final List<Thread> threads = new ArrayList<>();

  /**
   * Starts the workers.
   *
   * @param nanoTime the clock of deadlines, as {@link System#nanoTime}
   */
  public Engine(EngineSettings settings, LongSupplier nanoTime) {
    this(settings, nanoTime, StepListener.none());
  }

  /** The same, with someone who hears of every step. */
  public Engine(EngineSettings settings, LongSupplier nanoTime, StepListener steps) {
    this(settings, nanoTime, steps, _ -> {});
  }

  /**
   * The same.
   *
   * @param pin called on each worker's thread with its number, before all else: may bind it to a
   *     CPU
   */
  public Engine(
      EngineSettings settings, LongSupplier nanoTime, StepListener steps, IntConsumer pin) {
    this.pin = pin;
    this.settings = settings;
    this.nanoTime = nanoTime;
    this.queue = new WorkQueue(settings.workers(), settings.maxWait().toNanos(), nanoTime);
    for (int number = 0; number < settings.workers(); number++) {
      start(new Worker(number, queue, nanoTime, steps));
    }
  }

  private void start(Worker worker) {
    Thread thread =
        Thread.ofPlatform()
            .name("offramp-worker-" + worker.number())
            .daemon()
            .unstarted(() -> work(worker));
    synchronized (threads) {
      thread.start();
      threads.add(thread); // Who waits for its end finds it begun.
    }
  }

  private void work(Worker worker) {
    try {
      pin.accept(worker.number());
      worker.run();
    } catch (InterruptedException e) {
      log.error("Worker {} was interrupted and ends", worker.number(), e);
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      // A failing batch does not come here. Whatever did: the texts that wait need a worker.
      start(worker); // First: whatever else may fail now.
      log.error("The thread of worker {} died and is replaced", worker.number(), e);
    }
  }

  /**
   * Opens a lane for a model, held once by the caller.
   *
   * @param backend runs the model; the lane closes it
   * @param onFree runs after the lane was freed
   */
  public Lane open(ModelConfig config, Backend backend, Runnable onFree) {
    return new Lane(config, backend, onFree, settings.workers(), settings.batch());
  }

  /**
   * Offers a text to a model.
   *
   * @param lane held by the caller
   * @throws IllegalArgumentException if the text does not fit the model
   */
  public Offer offer(Lane lane, Passage passage) {
    lane.requireFits(passage);
    if (!lane.hold()) {
      return Offer.CLOSED;
    }
    ModelConfig config = lane.config();
    long now = nanoTime.getAsLong();
    passage.accepted(
        config.layers(), config.classes(), now, lane.predictNanos(passage), lane.expectations());
    Offer offer = queue.offer(lane, passage);
    if (offer != Offer.ACCEPTED) {
      lane.release();
    }
    return offer;
  }

  /**
   * Takes note that a call from another flow joined a text: if that still waits to start, it has
   * its turn among those of that flow too, whichever comes first. A call of lower priority moves
   * nothing.
   *
   * @param lane of the text's model
   * @param passage was accepted there
   */
  public void joined(Lane lane, Passage passage, Priority priority, Object flow) {
    if (priority == passage.priority() && !flow.equals(passage.flow())) {
      queue.joined(lane, passage, flow);
    }
  }

  /** How long the last of those who wait is predicted to wait before a worker starts it. */
  public Duration predictedWait() {
    return Duration.ofNanos((long) queue.waitNanos());
  }

  /**
   * How long a new text is predicted to wait before a worker starts it.
   *
   * @param flow where it comes from
   */
  public Duration predictedWait(Priority priority, Object flow) {
    return Duration.ofNanos((long) queue.waitNanos(priority, flow));
  }

  /** How long a new text may be predicted to wait. */
  public Duration maxWait() {
    return settings.maxWait();
  }

  /** Takes no more texts, waits for those accepted, and ends the workers. */
  @Override
  public void close() {
    close(FOREVER);
  }

  /**
   * The same, but waits for so long at most: a kernel may never return.
   *
   * @return whether all workers ended. One that did not goes on until its texts have ended or the
   *     process does, and nothing that it uses is freed before
   */
  public boolean close(Duration limit) {
    queue.close();
    long deadline = System.nanoTime() + limit.toNanos(); // Threads know no other clock.
    boolean interrupted = false;
    boolean allEnded = true;
    for (int i = 0; ; i++) {
      Thread worker;
      synchronized (threads) {
        if (i == threads.size()) {
          break;
        }
        worker = threads.get(i);
      }
      boolean waited = false;
      while (!waited) {
        try {
          if (!worker.join(Duration.ofNanos(deadline - System.nanoTime()))) {
            allEnded = false;
          }
          waited = true;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return allEnded;
  }
}
