package dev.offramp.server.engine;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.text.EncodedText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/*
 * The loop that makes early exit pay. All texts of a batch stand at one depth. After each layer the
 * exit there is evaluated for all of them; a text that its own rule lets go is answered at once, a
 * text that nobody waits for any more is dropped, and the rest move together, so that the next layer
 * costs only what is left.
 *
 * Texts that wait at depth 0 do not join a running batch: between layers it only shrinks. To merge
 * batches that have become thin, the loop below has to hand its survivors, with their depth, to
 * whoever merges them; everything a text carries along is in its Passage.
 */

/**
 * The texts that a worker takes through the layers together.
 *
 * <p>Threading: one thread. Arrays are reused from batch to batch.
 */
final class Batch {

  private static final Logger log = LogManager.getLogger(Batch.class);

  private final LongSupplier nanoTime;
  private final List<Passage> live = new ArrayList<>();
  private final List<EncodedText> texts = new ArrayList<>();
  private int[] survivors = {};
  private float[] logits = {};

  Batch(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Runs these texts; when it returns, each of them has ended. */
  void run(List<Passage> passages, Lane lane, int worker) {
    try {
      start(passages, lane.config());
      if (!live.isEmpty()) {
        runLayers(lane.kernels(worker), lane.config());
      }
    } catch (RuntimeException | Error e) {
      log.error("A batch of {} texts failed", passages.size(), e);
      for (Passage passage : passages) {
        if (!passage.hasEnded()) {
          end(passage, () -> passage.fail(e));
        }
      }
    } finally {
      live.clear();
      texts.clear();
    }
  }

  private void start(List<Passage> passages, ModelConfig config) {
    long now = nanoTime.getAsLong();
    for (Passage passage : passages) {
      if (passage.isAbandoned(now)) {
        end(passage, passage::dropAbandoned);
      } else {
        passage.started(now, config.layers(), config.classes());
        live.add(passage);
        texts.add(passage.text());
      }
    }
    if (survivors.length < live.size()) {
      survivors = new int[live.size()];
    }
    if (logits.length < live.size() * config.classes()) {
      logits = new float[live.size() * config.classes()];
    }
  }

  private void runLayers(LayerKernels kernels, ModelConfig config) {
    kernels.start(texts);
    for (int depth = 1; ; depth++) {
      kernels.layer(depth);
      kernels.exit(depth, logits);
      int before = live.size();
      letGo(depth, config);
      if (live.isEmpty()) {
        return;
      }
      if (live.size() < before) {
        kernels.keep(survivors, live.size());
      }
    }
  }

  /** Ends the passages that end at this depth, and moves the others together. */
  private void letGo(int depth, ModelConfig config) {
    int layers = config.layers();
    int classes = config.classes();
    long now = nanoTime.getAsLong();
    int kept = 0;
    for (int i = 0; i < live.size(); i++) {
      Passage passage = live.get(i);
      Optional<Exit> exit = passage.pass(depth, layers, classes, logits, i);
      if (exit.isPresent()) {
        Exit at = exit.get();
        end(passage, () -> passage.depart(at, layers, classes, now));
      } else if (passage.isAbandoned(now)) {
        end(passage, passage::dropAbandoned);
      } else {
        survivors[kept] = i;
        live.set(kept++, passage);
      }
    }
    live.subList(kept, live.size()).clear();
  }

  /** Tells a listener; one that throws must not take the rest of the batch with it. */
  private static void end(Passage passage, Runnable way) {
    try {
      way.run();
    } catch (RuntimeException | Error e) {
      log.error("An answer could not be delivered", e);
      if (!passage.hasEnded()) {
        end(passage, () -> passage.fail(e));
      }
    }
  }
}
