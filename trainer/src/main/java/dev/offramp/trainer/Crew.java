package dev.offramp.trainer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/*
 * Why training splits batches and not operations: a small model's operations are some ten microseconds
 * each, and two threads that meet after each of them gain little. Two halves of a batch meet twice a step.
 */

/**
 * Threads on each of which PyTorch computes by itself, without helpers of its own.
 *
 * <p>A crew of one is the caller's thread. The caller's own operations, between two tasks, may use
 * as many threads as the crew has.
 *
 * <p>Threading: one caller at a time. Ownership: {@link #close} ends the threads.
 */
final class Crew implements AutoCloseable {
  private final int size;
  private final ExecutorService threads;

  /** A crew of some threads. */
  Crew(int size) {
    this.size = size;
    PyTorch.threads(size);
    this.threads =
        Executors.newFixedThreadPool(
            size, Thread.ofPlatform().daemon().name("offramp-training-", 0).factory());
    if (size > 1) {
      boolean started = false;
      try {
        each(size, _ -> start()); // The pool starts a thread a task until it is full.
        started = true;
      } finally {
        if (!started) {
          close();
        }
      }
    }
  }

  private static void start() {
    PyTorch.threads(1);
    PyTorch.keepGraphs();
  }

  int size() {
    return size;
  }

  /**
   * Runs a task for each of the numbers below a count, at the same time, and waits for all of them,
   * even if it is interrupted.
   *
   * <p>Errors: what a task threw is thrown; of several the first.
   */
  void each(int count, IntConsumer task) {
    if (size == 1) {
      for (int i = 0; i < count; i++) {
        task.accept(i);
      }
      return;
    }
    List<Future<?>> all = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int number = i;
      all.add(threads.submit(() -> task.accept(number)));
    }
    Throwable failure = null;
    boolean interrupted = false;
    for (Future<?> one : all) {
      boolean ended = false;
      while (!ended) {
        try {
          one.get();
          ended = true;
        } catch (ExecutionException e) {
          failure = failure == null ? e.getCause() : failure;
          ended = true;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure); // A task declares no other.
    }
  }

  /** Ends the threads, and waits until they have ended. */
  @Override
  public void close() {
    threads.close();
  }
}
