package dev.offramp.server.experiment.state;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;

/** Those who read all units of a database, and do not come to an end until this is closed. */
public final class LongReads implements AutoCloseable {
  private final Semaphore end = new Semaphore(0);
  private final List<Thread> readers;

  /** So many, each of whom has a connection or waits for its turn. */
  public LongReads(Database database, int number) {
    database.ready();
    readers =
        IntStream.range(0, number)
            .mapToObj(_ ->
                Thread.ofPlatform()
                    .start(() ->
                        database.snapshotLong(_ -> {
                          end.acquireUninterruptibly();
                          return true;
                        })))
            .toList();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> readers.stream().allMatch(reader -> reader.getState() == Thread.State.WAITING));
  }

  @Override
  public void close() {
    end.release(readers.size());
    try {
      for (Thread reader : readers) {
        reader.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
