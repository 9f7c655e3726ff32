package dev.offramp.cli.load;

import java.util.Comparator;
import java.util.PriorityQueue;

/** A clock that stands still until it is told to go on: what is due on the way happens in order. */
final class VirtualTime implements LoadClock {
  private record Event(long due, long order, Runnable what) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::due).thenComparingLong(Event::order));
  private long now;
  private long scheduled;

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public void pause(long nanos) {
    passTo(now + nanos);
  }

  /** Lets time pass. */
  void passTo(long until) {
    while (!events.isEmpty() && events.peek().due() <= until) {
      Event event = events.remove();
      now = Math.max(now, event.due());
      event.what().run();
    }
    now = Math.max(now, until);
  }

  /** Lets something happen at a time. */
  void at(long due, Runnable what) {
    events.add(new Event(due, scheduled++, what));
  }
}
