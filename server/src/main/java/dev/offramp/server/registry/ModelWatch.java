package dev.offramp.server.registry;

import dev.offramp.model.io.DurationText;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.server.refusal.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;

/*
 * A directory is polled, for file systems that containers mount tell nobody of changes. What was seen
 * of an artifact is the names, sizes and times of its files. One that was renamed into place is whole
 * when it is first seen; one that is being copied looks different each time. So an artifact is loaded
 * once two looks saw the same, and one that cannot be loaded is told once and tried again when it
 * looks different. Where it is not the artifact that is at fault, but memory or time that lacks just now,
 * it is tried again by itself, at first soon, then more rarely. At the start there is nothing to compare with: there everything is tried at once.
 *
 * What has gone is retired last, after what came is served and labels have moved, and only when
 * nothing is still settling: so a directory can be renamed, and its version is served throughout.
 */

/**
 * A directory whose artifacts are served as they come, change and go, and whose labels follow its
 * {@value LabelsFile#NAME}. The last version of a name stays, and so does one that a label keeps.
 *
 * <p>Threading: one thread of its own looks, from {@link #start} on. Ownership: {@link #close} ends
 * it; the registry belongs to others.
 */
public final class ModelWatch {

  private static final Logger log = LogManager.getLogger(ModelWatch.class);

  /** How long the first wait is before a load is tried again that failed for want of means. */
  private static final Duration FIRST_RETRY = Duration.ofSeconds(10);

  private static final Duration LONGEST_RETRY = Duration.ofMinutes(10);

  private final ModelRegistry registry;
  private final Path directory;
  private final Duration interval;
  private final LabelsFile labels;
  private final LongSupplier nanoTime;
  private final Map<Path, Entry> entries = new TreeMap<>();

  /** Loaded here, and no longer what their directory holds. */
  private final Set<ServedModel> departed = new LinkedHashSet<>();

  private final Map<ServedModel, String> reasonsTold = new HashMap<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private @Nullable Thread thread;
  private volatile int notServed;
  private boolean looked;
  private boolean unreadable;

  /** What is known of one artifact. */
  private static final class Entry {
    Snapshot seen;

    /** What it looked like when it was last tried, whatever came of it. */
    @Nullable Snapshot tried;

    @Nullable ServedModel served;

    /** Whether what it holds could not be served when it was tried. */
    boolean failed;

    /** How often in a row it failed for want of means, and until when it is left alone. */
    int failures;

    long retryNanos;

    Entry(Snapshot seen) {
      this.seen = seen;
    }
  }

  /** A watch that has not looked yet. */
  public ModelWatch(ModelRegistry registry, Path directory, Duration interval) {
    this(registry, directory, interval, System::nanoTime);
  }

  ModelWatch(ModelRegistry registry, Path directory, Duration interval, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.registry = registry;
    this.directory = directory;
    this.interval = interval;
    this.labels = new LabelsFile(directory);
  }

  /**
   * Looks for the first time, and from then on in a thread of its own.
   *
   * @throws ModelFormatException if the directory cannot be read now
   */
  public void start() {
    if (!Files.isDirectory(directory)) {
      throw new ModelFormatException(
          directory, "no such directory (expected: one to watch, with artifacts in it)");
    }
    look();
    thread = Thread.ofPlatform().name("offramp-watch").daemon().start(this::run);
  }

  private void run() {
    try {
      while (!closing.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
        try {
          look();
        } catch (RuntimeException | Error e) {
          log.error("{}: the watch goes on after a failure", directory, e);
        }
      }
    } catch (InterruptedException e) {
      log.error("{}: the watch was interrupted and ends", directory, e);
      Thread.currentThread().interrupt();
    }
  }

  /** Compares the directory with what is served, once. */
  void look() {
    Map<Path, Snapshot> now;
    try {
      now = Snapshot.artifacts(directory);
    } catch (IOException e) {
      if (!unreadable) {
        log.warn("{}: cannot be read, so what is served stays: {}", directory, e.toString());
      }
      unreadable = true;
      notServed = Math.max(1, notServed);
      return;
    }
    unreadable = false;
    boolean settled = true;
    for (var artifact : now.entrySet()) {
      settled &= settle(artifact.getKey(), artifact.getValue());
    }
    looked = true;
    var gone = new HashSet<>(entries.keySet());
    gone.removeAll(now.keySet());
    for (Path path : gone) {
      Entry entry = entries.remove(path);
      settled &= entry == null || entry.served == null || depart(entry.served);
    }
    int failed = (int) entries.values().stream().filter(entry -> entry.failed).count();
    notServed = failed + (labels.apply(registry) ? 0 : 1);
    if (settled) {
      departed.removeIf(this::retire);
    }
  }

  /** Loads an artifact if it is new or changed and at rest. Returns whether it is at rest. */
  private boolean settle(Path path, Snapshot now) {
    Entry entry = entries.get(path);
    boolean atRest = entry == null ? !looked : entry.seen.equals(now);
    if (entry == null) {
      entry = new Entry(now);
      entries.put(path, entry);
    }
    entry.seen = now;
    boolean again = entry.failures > 0 && nanoTime.getAsLong() - entry.retryNanos >= 0;
    if (atRest && (again || !now.equals(entry.tried))) {
      entry.tried = now;
      return load(path, entry);
    }
    return atRest;
  }

  /**
   * Artifacts in the directory that could not be served as they are now, and {@code labels.json} if
   * it could not be applied; at least one while the directory cannot be read. Safe for all threads.
   */
  public int notServed() {
    return notServed;
  }

  /** Loads one. Returns whether what others served is served still. */
  private boolean load(Path path, Entry entry) {
    try {
      ServedModel before = entry.served;
      // Of where it really is: a link that is moved meanwhile can't mix two artifacts.
      entry.served = registry.load(entry.seen.directory());
      entry.failures = 0;
      entry.failed = false;
      return before == null || depart(before);
    } catch (NotWarmException e) {
      retryLater(path, entry, e.getMessage(), null);
    } catch (ModelFormatException e) {
      if (e.getCause() instanceof IOException) { // The disk's fault perhaps, and not the file's.
        retryLater(path, entry, e.getMessage(), null);
        return true;
      }
      entry.failures = 0;
      entry.failed = true;
      log.warn(
          "{}: not served, and what is served stays (it is tried again when it changes): {}",
          path,
          e.getMessage());
    } catch (Refusal e) {
      log.debug("{}: not served: {}", path, e.getMessage()); // The server is closing.
    } catch (RuntimeException | Error e) {
      retryLater(path, entry, e.toString(), e); // Such as native memory that is short.
    }
    return true;
  }

  private void retryLater(Path path, Entry entry, @Nullable String why, @Nullable Throwable fault) {
    Duration wait = FIRST_RETRY.multipliedBy(1L << Math.min(entry.failures, 6));
    wait = wait.compareTo(LONGEST_RETRY) < 0 ? wait : LONGEST_RETRY;
    entry.failures++;
    entry.failed = true;
    entry.retryNanos = nanoTime.getAsLong() + wait.toNanos();
    log.warn(
        "{}: not served now, and what is served stays (it is tried again in {}): {}",
        path,
        DurationText.format(wait),
        why,
        fault);
  }

  /**
   * Notes that a model is no longer what its directory holds. Returns whether what others served is
   * served still: a version that was in two places, and was loaded from this one last, is to be
   * loaded from the other.
   */
  private boolean depart(ServedModel gone) {
    departed.add(gone);
    boolean others = true;
    boolean served = registry.catalog().models().contains(gone);
    for (Entry other : entries.values()) {
      if (served && other.served != null && other.served.label().equals(gone.label())) {
        other.tried = null;
        others = false;
      }
    }
    return others;
  }

  /** Retires a model whose artifact has gone. Returns whether it is served no more. */
  private boolean retire(ServedModel model) {
    Optional<String> reason = registry.retireSpare(model);
    if (reason.isEmpty()) {
      reasonsTold.remove(model);
      return true;
    }
    if (!reason.get().equals(reasonsTold.put(model, reason.get()))) {
      log.warn("{} has gone from {} and is served on: {}", model.label(), directory, reason.get());
    }
    return false;
  }

  /** Looks no more. A load that is under way has the limit to notice. */
  public void close(Duration limit) {
    closing.countDown();
    if (thread == null) {
      return;
    }
    try {
      var _ = thread.join(limit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Asks the thread to look no more, without waiting for it. */
  public void stop() {
    closing.countDown();
  }
}
