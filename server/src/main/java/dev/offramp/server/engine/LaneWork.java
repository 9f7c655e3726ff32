package dev.offramp.server.engine;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/*
 * The loop that makes early exit pay. A step is one layer and its exit, for texts that stand at one
 * depth. The texts of the last step are the batch: their hidden rows lie in the kernels' buffers. If
 * the next step goes on with them, nothing is copied but survivors of exits, moved together. If
 * another depth is to run, their rows are saved, and they are parked at their depth, until that depth
 * has its turn; then their rows are put back, behind each other, whatever batch they came from.
 *
 *      depth   0        1        2        3                       arrivals --> start
 *              |        |        |        |                       survivors of a step --> batch
 *           arrivals  parked   parked   batch                     another depth's turn --> parked
 *
 * The rows of a text are [T, H] floats: at BERT-base's size, some 60 KB for 20 tokens, a copy of
 * which is little next to the 140 million multiply-adds of a layer over them.
 *
 * A text's result cannot depend on any of this: rows are copied as they are, and kernels compute each
 * text for itself.
 */

/**
 * One worker's texts in one model, and where they stand.
 *
 * <p>Threading: one thread.
 */
final class LaneWork {
  private static final Logger log = LogManager.getLogger(LaneWork.class);

  private final Lane lane;
  private final int worker;
  private final WorkQueue queue;
  private final LongSupplier nanoTime;
  private final StepListener steps;
  private final int layers;

  /** Of the batch: all that stand at {@link #at}, in the order of the kernels' rows. */
  private final List<Passage> batch = new ArrayList<>();

  private final ParkedTexts parked;

  /** Audits, parked or not begun; they share no batch with texts that somebody waits for. */
  private final ParkedTexts audits;

  private final AuditPace pace = new AuditPace();

  private final int[] tokens;
  private final long[] since;
  private final List<Passage> coming = new ArrayList<>();
  private final List<EncodedText> texts = new ArrayList<>();
  private final List<float[]> rows = new ArrayList<>();
  private final Finished finished;
  private final Ends ends;
  private int at;

  /** Whether those of the batch are audits. */
  private boolean auditing;

  private boolean auditsNext;
  private long batchNanos;
  private int[] survivors = {};
  private float[] logits = {};

  LaneWork(Lane lane, int worker, WorkQueue queue, LongSupplier nanoTime, StepListener steps) {
    this.lane = lane;
    this.worker = worker;
    this.queue = queue;
    this.nanoTime = nanoTime;
    this.steps = steps;
    this.finished = new Finished(lane, queue);
    this.ends = finished.ends();
    this.layers = lane.config().layers();
    this.parked = new ParkedTexts(layers);
    this.audits = new ParkedTexts(layers);
    this.tokens = new int[layers];
    this.since = new long[layers];
  }

  /** Whether there is anything to run, its own or newly come. */
  boolean hasWork() {
    return !batch.isEmpty() || parked.texts() > 0 || audits.texts() > 0 || !lane.arrivals.isEmpty();
  }

  /** Whether any of it is waited for: it is not audits alone. */
  boolean isAwaited() {
    return (!batch.isEmpty() && !auditing)
        || parked.texts() > 0
        || lane.arrivals.awaitedTokens() > 0;
  }

  Lane lane() {
    return lane;
  }

  /** Runs one layer for whichever texts it is the turn of; when it returns, no lock is held. */
  void step() {
    try {
      dismissDeserted();
      int depth = choose(nanoTime.getAsLong());
      if (depth != DepthPolicy.NONE) {
        prepare(depth, auditsNext);
        // Those who have no time for another layer have none to wait for it either.
        finished.tell();
        if (!batch.isEmpty()) {
          run();
        }
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    } finally {
      leave();
    }
  }

  /**
   * Answers those who would have no time for a layer once another model's step is over.
   *
   * @param nanos what that is expected to take
   */
  void foresee(long nanos) {
    boolean batched = !batch.isEmpty() && !auditing;
    if (!batched && parked.texts() == 0) {
      return;
    }
    try {
      long now = nanoTime.getAsLong();
      int together = parked.tokens() + (batched ? batchTokens() : 0);
      int next = Math.min(together, DepthPolicy.full(lane.cost(), lane.limits()));
      long horizon = now + nanos + (long) lane.cost().nanos(next);
      parked.settle(now, horizon, ends, finished::add);
      if (batched) {
        settleBatch(lane.kernels(worker), now, horizon);
      }
    } catch (RuntimeException | Error e) {
      fail(e);
    } finally {
      leave();
    }
  }

  /** Tells those whose texts have ended, and gives back what these held. */
  private void leave() {
    finished.tell();
    coming.clear();
    texts.clear();
    rows.clear();
    finished.release();
  }

  /** Ends texts in the queue that nobody waits for any more. */
  private void dismissDeserted() {
    if (lane.arrivals.isEmpty()) {
      return;
    }
    queue.sweep(lane, coming, ends);
    coming.forEach(finished::add);
    coming.clear();
    finished.tell();
  }

  /** Chooses the depth that runs next, and whether it is for audits. */
  private int choose(long now) {
    auditsNext = auditing && !batch.isEmpty();
    if (!lane.parks() && !batch.isEmpty()) {
      return at;
    }
    int full = DepthPolicy.full(lane.cost(), lane.limits());
    boolean awaited = isAwaited();
    int ofAudits = audits.tokens() + (auditing ? batchTokens() : 0);
    int enough = DepthPolicy.enoughAudits(full, lane.limits());
    auditsNext = pace.isTurn(ofAudits, enough, awaited, now);
    if (auditsNext) {
      return auditing && !batch.isEmpty() ? at : pace.depth(audits);
    }
    parked.describe(tokens, since, now);
    int inBatch = auditing ? 0 : batchTokens();
    long bound = DepthPolicy.boundNanos(lane.cost(), lane.limits(), layers);
    if (inBatch > 0) {
      long waited = batch.stream().mapToLong(Passage::waitedNanos).max().orElse(0);
      since[at] = Math.min(since[at], batchNanos - waited);
      tokens[at] += inBatch;
      if (now - since[at] > bound) {
        return at; // Or two that are overdue would stop each other after every layer.
      }
    }
    int most = DepthPolicy.mostBegun(full, lane.limits(), layers);
    int arrived = awaited ? lane.arrivals.awaitedTokens() : lane.arrivals.tokens();
    boolean held = inBatch + parked.tokens() >= most && arrived > 0;
    tokens[0] = held ? 0 : arrived;
    since[0] = lane.arrivals.sinceNanos();
    return DepthPolicy.choose(tokens, since, full, bound, held, now);
  }

  private int batchTokens() {
    return batch.stream().mapToInt(Passage::tokens).sum();
  }

  /** Makes the texts at this depth the batch, as many as fit: audits, or those awaited. */
  private void prepare(int depth, boolean ofAudits) {
    boolean goesOn = !batch.isEmpty() && at == depth && auditing == ofAudits;
    if (!batch.isEmpty() && !goesOn) {
      park(lane.kernels(worker));
    }
    auditing = ofAudits;
    int room = lane.limits().tokens() - (goesOn ? batchTokens() : 0);
    int sequences = lane.limits().sequences() - batch.size();
    if (depth == 0 && !ofAudits) {
      queue.take(lane, room, sequences, coming);
    } else {
      (ofAudits ? audits : parked).take(depth, room, sequences, batch.isEmpty(), coming);
    }
    if (coming.isEmpty() && !goesOn) {
      return; // Another worker was faster. The lane is not held by any text of this one.
    }
    // After the taking: if they can't be made, those that were taken fail, and do not wait for
    // ever.
    LayerKernels kernels = lane.kernels(worker);
    long now = nanoTime.getAsLong();
    int all = goesOn ? batchTokens() : 0;
    for (Passage passage : coming) {
      all += joins(passage, depth) ? passage.tokens() : 0;
    }
    long horizon = now + (long) lane.cost().nanos(all);
    parked.settle(now, horizon, ends, finished::add);
    audits.settle(now, horizon, ends, finished::add);
    if (goesOn) {
      settleBatch(kernels, now, horizon);
    }
    while (!coming.isEmpty()) {
      admit(coming.getFirst(), depth, now, horizon);
      coming.removeFirst(); // Not before it has its place: whatever fails, one list has it.
    }
    if (!texts.isEmpty()) {
      kernels.start(texts);
      at = 0;
    } else if (!rows.isEmpty()) {
      if (goesOn && batch.size() > rows.size()) {
        kernels.join(rows);
      } else {
        kernels.resume(rows);
      }
      at = depth;
    }
  }

  /** Brings one that comes into the batch, unless it has ended or stands elsewhere. */
  private void admit(Passage passage, int depth, long now, long horizon) {
    if (depth == 0) {
      passage.started(now);
    }
    if (!passage.settle(now, horizon, ends)) {
      finished.add(passage);
      return;
    }
    if (depth == 0) {
      lane.noteWait(passage, now);
    }
    if (!joins(passage, depth)) {
      waiting(passage).add(passage, now, null); // It goes on where it came to before, or apart.
    } else {
      batch.add(passage);
      if (depth == 0) {
        texts.add(passage.text());
      } else {
        rows.add(passage.takeUp(now));
      }
    }
  }

  /** Whether a text that comes goes into the batch, at this depth. */
  private boolean joins(Passage passage, int depth) {
    return passage.depth() == depth && isAudit(passage) == auditing;
  }

  private static boolean isAudit(Passage passage) {
    return passage.priority() == Priority.AUDIT;
  }

  private ParkedTexts waiting(Passage passage) {
    return isAudit(passage) ? audits : parked;
  }

  private void park(LayerKernels kernels) {
    int width = lane.config().hiddenSize();
    // First all rows: where one cannot be saved, the whole batch is lost, and none of it is parked.
    var saved = new float[batch.size()][];
    for (int i = 0; i < saved.length; i++) {
      saved[i] = new float[batch.get(i).tokens() * width];
      kernels.save(i, saved[i]);
    }
    for (int i = 0; i < saved.length; i++) {
      waiting(batch.get(i)).add(batch.get(i), batchNanos, saved[i]);
    }
    batch.clear();
  }

  private void settleBatch(LayerKernels kernels, long now, long horizon) {
    int kept = 0;
    reserve(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      Passage passage = batch.get(i);
      if (passage.settle(now, horizon, ends)) {
        survivors[kept] = i;
        batch.set(kept++, passage);
      } else {
        finished.add(passage, savedRows(kernels, passage, i));
      }
    }
    keep(kernels, kept);
  }

  private void run() {
    LayerKernels kernels = lane.kernels(worker);
    ModelConfig config = lane.config();
    int depth = at + 1;
    int count = batch.size();
    int batchTokens = batchTokens();
    reserve(count);
    if (logits.length < count * config.classes()) {
      logits = new float[count * config.classes()];
    }
    long began = nanoTime.getAsLong();
    kernels.layer(depth);
    boolean seen = batch.stream().anyMatch(passage -> passage.wantsExit(depth));
    if (seen) {
      kernels.exit(depth, logits);
    }
    long now = nanoTime.getAsLong();
    lane.cost().note(batchTokens, now - began);
    steps.stepped(worker, depth, count, batchTokens, parked.texts(), began, now);
    at = depth;
    batchNanos = now;
    int kept = 0;
    for (int i = 0; i < count; i++) {
      Passage passage = batch.get(i);
      boolean stays =
          seen ? passage.pass(depth, logits, i, now, ends) : passage.passUnseen(depth, now, ends);
      if (stays) {
        survivors[kept] = i;
        batch.set(kept++, passage);
      } else {
        finished.add(passage, savedRows(kernels, passage, i));
      }
    }
    finished.tell();
    keep(kernels, kept);
    if (auditing) {
      int stands = batch.isEmpty() ? DepthPolicy.NONE : depth;
      pace.stepped(stands, now - began, lane.cost().nanos(batchTokens), isAwaited(), now);
    }
  }

  private float @Nullable [] savedRows(LayerKernels kernels, Passage passage, int index) {
    if (!passage.wantsRows()) {
      return null;
    }
    var saved = new float[passage.tokens() * lane.config().hiddenSize()];
    kernels.save(index, saved);
    return saved;
  }

  /** Moves the first so many survivors together. */
  private void keep(LayerKernels kernels, int kept) {
    int before = batch.size();
    batch.subList(kept, before).clear();
    if (kept > 0 && kept < before) {
      kernels.keep(survivors, kept);
    }
  }

  private void reserve(int count) {
    if (survivors.length < count) {
      survivors = Arrays.copyOf(survivors, count);
    }
  }

  /** The batch is lost, and those on their way into it; those parked elsewhere are not. */
  private void fail(Throwable cause) {
    String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    var failure = new BatchFailure(id, cause);
    batch.forEach(passage -> finished.fail(passage, failure));
    batch.clear();
    coming.forEach(passage -> finished.fail(passage, failure));
    // Last: where memory is short, telling the log may fail, and the callers know by then.
    finished.tell();
    log.error("A batch failed, error {}", id, cause);
  }
}
