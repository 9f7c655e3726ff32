package dev.offramp.cli.load;

import java.util.concurrent.locks.LockSupport;

/** Time as a run sees it. */
public interface LoadClock {
  /** The machine's own: {@link System#nanoTime} and {@link LockSupport#parkNanos}. */
  LoadClock SYSTEM =
      new LoadClock() {
        @Override
        public long nanoTime() {
          return System.nanoTime();
        }

        @Override
        public void pause(long nanos) {
          LockSupport.parkNanos(nanos);
        }
      };

  /** Nanoseconds since some moment. */
  long nanoTime();

  /** Lets about this time pass; it may return early. */
  void pause(long nanos);
}
