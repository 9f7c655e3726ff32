package dev.offramp.server.experiment.count;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * All events of one process, in files of one size: what is in it survives kill -9, and is read
 * again until it was counted. A place in it is a number of bytes from its beginning.
 *
 * <p>Threading: any number of threads append; one reads and forgets. Ownership: {@link #close}
 * unmaps its files and leaves them.
 */
final class Journal implements AutoCloseable {

  private static final Logger log = LogManager.getLogger(Journal.class);
  private static final String SUFFIX = ".events";

  /** A segment's size. */
  static final int SEGMENT_BYTES = 4 << 20;

  /** How long events are lost at once after a file could not be made. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Path directory;
  private final String id;
  private final long maxSegments;
  private final boolean recovered;

  /** By index; those that were counted are gone. */
  private final ConcurrentSkipListMap<Long, Segment> segments = new ConcurrentSkipListMap<>();

  private final LongAdder lost = new LongAdder();
  private final LongSupplier nanoTime;
  private volatile long current;
  private boolean full;

  /** Whether the last file could not be made, and until when none is tried. */
  private volatile boolean refused;

  private volatile long retryNanos;

  private Journal(
      Path directory, String id, long maxSegments, boolean recovered, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.directory = directory;
    this.id = id;
    this.maxSegments = maxSegments;
    this.recovered = recovered;
  }

  /**
   * A new one.
   *
   * @param maxBytes what it may take on disk; events beyond are lost, and counted as such
   */
  static Journal create(Path directory, long maxBytes) throws IOException {
    return create(directory, maxBytes, System::nanoTime);
  }

  static Journal create(Path directory, long maxBytes, LongSupplier nanoTime) throws IOException {
    var journal =
        new Journal(
            directory,
            UUID.randomUUID().toString(),
            Math.max(1, maxBytes / SEGMENT_BYTES),
            false,
            nanoTime);
    journal.segments.put(0L, Segment.create(journal.file(0), SEGMENT_BYTES));
    return journal;
  }

  /** Those that earlier processes left in a directory. */
  static List<Journal> recover(Path directory) throws IOException {
    var journals = new TreeMap<String, Journal>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        String[] parts = file.getFileName().toString().split("\\.", -1);
        if (parts.length != 3 || !SUFFIX.equals("." + parts[2])) {
          continue;
        }
        Segment segment = Segment.open(file);
        journals
            .computeIfAbsent(
                parts[0], id -> new Journal(directory, id, Long.MAX_VALUE, true, System::nanoTime))
            .segments
            .put(Long.parseLong(parts[1]), segment);
      }
    }
    return new ArrayList<>(journals.values());
  }

  private Path file(long index) {
    return directory.resolve(id + "." + index + SUFFIX);
  }

  /** Its name, by which it is counted once. */
  String id() {
    return id;
  }

  /** What it takes on disk. */
  long bytes() {
    return (long) segments.size() * SEGMENT_BYTES;
  }

  /** Events that found no room. */
  long lost() {
    return lost.sum();
  }

  /** Writes an event; false if there was no room for it on disk. */
  boolean append(Event event) {
    byte[] record = EventCodec.write(event);
    while (true) {
      long index = current;
      Segment segment = segments.get(index);
      if (segment != null && segment.append(record) != Segment.FULL) {
        return true;
      }
      // A disk without room takes most of a file before it says so, and callers wait meanwhile.
      boolean hopeless = refused && nanoTime.getAsLong() - retryNanos < 0;
      if (hopeless || !roll(index)) {
        lost.increment();
        return false;
      }
    }
  }

  /** Makes room behind a full segment; false if there is none to be had. */
  private synchronized boolean roll(long index) {
    if (current != index) {
      return true; // Somebody else did.
    }
    try {
      if (segments.size() >= maxSegments) {
        throw new IOException(
            "%d files are full (expected: a database that takes them)".formatted(maxSegments));
      }
      segments.put(index + 1, create(file(index + 1)));
      current = index + 1;
      full = false;
      return true;
    } catch (IOException e) {
      if (!full) {
        full = true;
        log.error(
            "Events of experiments are lost until there is room in {}: {}",
            directory,
            e.getMessage());
      }
      return false;
    }
  }

  private Segment create(Path file) throws IOException {
    try {
      Segment segment = Segment.create(file, SEGMENT_BYTES);
      refused = false;
      return segment;
    } catch (IOException e) {
      retryNanos = nanoTime.getAsLong() + RETRY.toNanos();
      refused = true;
      throw e;
    }
  }

  /**
   * Reads on from a place.
   *
   * @param most how many events
   */
  Stretch read(long from, int most) {
    var events = new ArrayList<Event>();
    long at = from;
    while (events.size() < most) {
      long index = at / SEGMENT_BYTES;
      Segment segment = segments.get(index);
      if (segment == null) {
        if (!recovered || segments.keySet().stream().noneMatch(later -> later > index)) {
          break;
        }
        at = (index + 1) * SEGMENT_BYTES; // A file was taken away.
        continue;
      }
      switch (segment.read(at % SEGMENT_BYTES, recovered)) {
        case Segment.Read.Found(ByteBuffer bytes, long next) -> {
          byte[] record = new byte[bytes.remaining()];
          bytes.get(record);
          read(record, events);
          at = index * SEGMENT_BYTES + next;
        }
        case Segment.Read.End() -> at = (index + 1) * SEGMENT_BYTES;
        case Segment.Read.Wait() -> {
          return new Stretch(List.copyOf(events), at);
        }
      }
    }
    return new Stretch(List.copyOf(events), at);
  }

  private static void read(byte[] bytes, List<Event> events) {
    try {
      events.add(EventCodec.read(bytes));
    } catch (IllegalArgumentException e) {
      log.error("An event of experiments cannot be read and is left out: {}", e.getMessage());
    }
  }

  /** Events, and the place behind them. */
  record Stretch(List<Event> events, long next) {}

  /** Waits until all that was written is on disk. */
  void force() {
    segments.values().forEach(Segment::force);
  }

  /** The first place that is still there; where it is empty, the given one. */
  long first(long otherwise) {
    Map.Entry<Long, Segment> first = segments.firstEntry();
    return first == null ? otherwise : first.getKey() * SEGMENT_BYTES;
  }

  /** Deletes the files before a place. */
  void forget(long before) throws IOException {
    for (long index : List.copyOf(segments.keySet())) {
      if ((index + 1) * SEGMENT_BYTES <= before && (recovered || index < current)) {
        Segment segment = segments.remove(index);
        if (segment != null) {
          segment.delete();
        }
      }
    }
  }

  /** Whether there is nothing left to read: never so while it is written to. */
  boolean isEmpty() {
    return segments.isEmpty();
  }

  /** Deletes what is left of it; nobody writes to it any more. */
  void delete() throws IOException {
    for (long index : List.copyOf(segments.keySet())) {
      Segment segment = segments.remove(index);
      if (segment != null) {
        segment.delete();
      }
    }
  }

  @Override
  public void close() {
    segments.values().forEach(Segment::close);
    segments.clear();
  }
}
