package dev.offramp.server.registry;

import dev.offramp.server.natives.GiveWay;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/*
 * A load reads and checks files, maps weights and opens libraries. On a busy server a worker would share
 * its CPU with that, and a queue would grow that everybody waits in. So it gives way, and takes longer
 * instead.
 *
 * The code of a load runs seldom, so that it is still being compiled when a server has long been warm,
 * and on one CPU the JVM's optimizing compiler took half of it for tenths of a second: more than the
 * load itself (docs/decisions/0061). So it gives way as well. A thread cannot take that back.
 */

/** Work that takes CPUs which those that serve leave idle. */
final class Aside {

  /**
   * Does it on a thread of its own, and waits for it. Where the caller is interrupted, so is the
   * work, and is waited for.
   *
   * @param name the thread's
   */
  static <T> T call(String name, Callable<T> work) {
    var _ = GiveWay.optimizer();
    var task = new FutureTask<>(work);
    Thread thread = start(name, task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
          thread.interrupt();
        } catch (ExecutionException e) {
          throw unchecked(e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Does it on a thread of its own. */
  static Thread start(String name, Runnable work) {
    return Thread.ofPlatform()
        .daemon()
        .name(name)
        .start(() -> {
          var _ = GiveWay.fromNowOn();
          work.run();
        });
  }

  private static RuntimeException unchecked(@Nullable Throwable cause) {
    return switch (cause) {
      case RuntimeException unchecked -> unchecked;
      case Error error -> throw error;
      case null, default -> new IllegalStateException(cause);
    };
  }

  private Aside() {}
}
