package dev.offramp.server.experiment.count;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.UnitKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class JournalTest {

  private static final long PLENTY = 1L << 30;

  @TempDir private Path directory;

  private static Event exposed(int i) {
    return new Event.Exposed("experiment", "arm", "user-" + i, 1 + i % 12, 1_000L * i, i);
  }

  private static List<Event> all(Journal journal) {
    var events = new ArrayList<Event>();
    long at = 0;
    while (true) {
      Journal.Stretch stretch = journal.read(at, 1_000);
      if (stretch.events().isEmpty()) {
        return events;
      }
      events.addAll(stretch.events());
      at = stretch.next();
    }
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  @Test
  void read_everyKind_givesWhatWasAppended() throws IOException {
    List<Event> events =
        List.of(
            exposed(3),
            new Event.NotApplied("e", "bold", Event.Why.BROWN_OUT),
            new Event.Reported(
                new Outcome(
                    UnitKind.REQUEST,
                    "größe-😀",
                    "revenue",
                    -1.25,
                    "order",
                    Instant.ofEpochSecond(9, 7_000))));
    try (Journal journal = Journal.create(directory, PLENTY)) {
      events.forEach(event -> assertThat(journal.append(event)).isTrue());
      assertThat(all(journal)).isEqualTo(events);
    }
  }

  @Test
  void append_fromManyThreads_overManyFiles_losesNothing_alsoForTheNextProcess() throws Exception {
    int threads = 4;
    int each = 40_000;
    Journal journal = Journal.create(directory, PLENTY);
    try (var pool = Executors.newFixedThreadPool(threads)) {
      var done = new ArrayList<Future<?>>();
      for (int t = 0; t < threads; t++) {
        int first = t * each;
        done.add(
            pool.submit(() -> {
              for (int i = 0; i < each; i++) {
                assertThat(journal.append(exposed(first + i))).isTrue();
              }
            }));
      }
      for (Future<?> future : done) {
        var _ = future.get();
      }
    }
    assertThat(files()).hasSizeGreaterThan(2);
    List<Event> events = all(journal);
    assertThat(events).hasSize(threads * each).doesNotHaveDuplicates();
    // Not closed: as a process that was killed leaves it.
    Journal left = Journal.recover(directory).getFirst();
    assertThat(left.id()).isEqualTo(journal.id());
    assertThat(all(left)).isEqualTo(events);
    left.close();
    journal.close();
  }

  @Test
  void read_recordThatWasReservedAndNeverWritten_isSkippedByTheNextProcess() throws IOException {
    try (Journal journal = Journal.create(directory, PLENTY)) {
      for (int i = 0; i < 3; i++) {
        journal.append(exposed(i));
      }
    }
    Path file = files().getFirst();
    int size = Segment.sizeOf(EventCodec.write(exposed(0)));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(size), size);
    }
    try (Journal left = Journal.recover(directory).getFirst()) {
      assertThat(all(left)).containsExactly(exposed(0), exposed(2));
    }
  }

  @Test
  void forget_countedFiles_areDeleted_andPlacesStay() throws IOException {
    try (Journal journal = Journal.create(directory, PLENTY)) {
      int count = 2 * Journal.SEGMENT_BYTES / Segment.sizeOf(EventCodec.write(exposed(100_000)));
      for (int i = 0; i < count + 10; i++) {
        journal.append(exposed(100_000 + i));
      }
      Journal.Stretch stretch = journal.read(0, count);
      int before = files().size();
      journal.forget(stretch.next());
      assertThat(files()).hasSizeLessThan(before);
      assertThat(journal.read(stretch.next(), 1).events())
          .containsExactly(exposed(100_000 + count));
    }
  }

  @Test
  void append_beyondWhatItMayTake_isLostAndCounted_untilThereIsRoom() throws IOException {
    try (Journal journal = Journal.create(directory, Journal.SEGMENT_BYTES)) {
      int taken = 0;
      while (journal.append(exposed(taken))) {
        taken++;
      }
      assertThat(journal.lost()).isEqualTo(1);
      assertThat(all(journal)).hasSize(taken);
    }
  }

  /** A disk that is full says so only after most of a file: not once an event. */
  @Test
  void append_noFileCanBeMade_triesOnceASecond() throws IOException {
    var clock = new AtomicLong(Long.MAX_VALUE - 10); // It overflows, as it may.
    Path gone = Files.createDirectories(directory.resolve("gone"));
    Path hidden = directory.resolve("hidden");
    try (Journal journal = Journal.create(gone, PLENTY, clock::get)) {
      Files.move(gone, hidden);
      int taken = 0;
      while (journal.append(exposed(taken))) {
        taken++;
      }
      Files.move(hidden, gone);
      assertThat(journal.append(exposed(taken))).as("at once").isFalse();
      clock.addAndGet(Duration.ofSeconds(1).toNanos());
      assertThat(journal.append(exposed(taken))).as("a second later").isTrue();
      assertThat(journal.append(exposed(taken + 1))).isTrue();
      assertThat(journal.lost()).isEqualTo(2);
    }
  }
}
