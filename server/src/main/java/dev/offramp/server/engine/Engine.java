package dev.offramp.server.engine;

import dev.offramp.model.checkpoint.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Runs texts through models on a fixed number of workers, each with kernels of its own.
 *
 * <p>A worker takes whatever waits for one model, up to a token budget, and goes: batching adds no
 * waiting. Each text leaves at its own exit and is answered at that moment.
 *
 * <p>Threading: safe for all threads. Ownership: {@link #close} ends the workers once all accepted
 * texts have ended; lanes belong to their holders.
 */
public final class Engine implements AutoCloseable {

  /** What became of an offer. */
  public enum Offer {
    /** The passage will end, one way or another, and its listener hear of it. */
    ACCEPTED,
    /** Too many texts wait already. */
    FULL,
    /** The engine or the model is going away. */
    CLOSED
  }

  private static final Logger log = LogManager.getLogger(Engine.class);

  private final WorkQueue queue;
  private final BatchLimits limits;
  private final LongSupplier nanoTime;
  private final List<Thread> workers = new ArrayList<>();

  /**
   * Starts the workers.
   *
   * @param workers threads that run kernels; one a core is best, for kernels are single-threaded
   * @param maxQueue texts that may wait, over all models
   * @param limits how much a worker takes at once
   * @param nanoTime the clock of deadlines, as {@link System#nanoTime}
   */
  public Engine(int workers, int maxQueue, BatchLimits limits, LongSupplier nanoTime) {
    if (workers < 1 || maxQueue < 1) {
      throw new IllegalArgumentException(
          "workers: " + workers + ", maxQueue: " + maxQueue + " (expected: >= 1 of each)");
    }
    this.queue = new WorkQueue(maxQueue);
    this.limits = limits;
    this.nanoTime = nanoTime;
    for (int i = 0; i < workers; i++) {
      int worker = i;
      this.workers.add(
          Thread.ofPlatform().name("offramp-worker-" + worker).daemon().start(() -> work(worker)));
    }
  }

  /**
   * Opens a lane for a model, held once by the caller.
   *
   * @param backend runs the model; the lane closes it
   * @param onFree runs after the lane was freed
   */
  public Lane open(ModelConfig config, Backend backend, Runnable onFree) {
    return new Lane(config, backend, onFree, workers.size(), limits);
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
    passage.offered(nanoTime.getAsLong());
    Offer offer = queue.offer(lane, passage);
    if (offer != Offer.ACCEPTED) {
      lane.release();
    }
    return offer;
  }

  private void work(int worker) {
    var batch = new Batch(nanoTime);
    var passages = new ArrayList<Passage>();
    try {
      for (Lane lane = queue.take(passages); lane != null; lane = queue.take(passages)) {
        int taken = passages.size();
        try {
          batch.run(passages, lane, worker);
        } catch (RuntimeException | Error e) {
          // Nothing that a batch may do ends a worker: the other models need it.
          log.error("Worker {} goes on after a failure", worker, e);
        } finally {
          passages.clear();
          // Only now: until the batch is over, its kernels are in use.
          lane.release(taken);
        }
      }
    } catch (InterruptedException e) {
      log.error("Worker {} was interrupted and ends", worker, e);
      Thread.currentThread().interrupt();
    }
  }

  /** Takes no more texts, waits for those accepted, and ends the workers. */
  @Override
  public void close() {
    queue.close();
    boolean interrupted = false;
    for (Thread worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
