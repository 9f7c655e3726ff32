package dev.offramp.server.engine;

import dev.offramp.model.text.EncodedText;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A backend whose layers wait for a test's leave. Every logit is 0 except class 0's, which is the
 * depth: so exits grow surer.
 */
public final class GatedBackend implements Backend {

  /** One permit lets one layer run. */
  public final Semaphore gate = new Semaphore(0);

  /** Released once for each layer that began to wait. */
  public final Semaphore arrived = new Semaphore(0);

  /** Layers that ran, counted once a text. */
  public final AtomicInteger textLayers = new AtomicInteger();

  /** Batches that started. */
  public final AtomicInteger batches = new AtomicInteger();

  /** Kernels and backends that were closed. */
  public final AtomicInteger closed = new AtomicInteger();

  /** Texts whose rows were copied out. */
  public final AtomicInteger saved = new AtomicInteger();

  private final int classes;
  private volatile boolean failing;
  private volatile boolean withoutMemory;

  /** A backend of a model of this many classes. */
  public GatedBackend(int classes) {
    this.classes = classes;
  }

  /** Opens the gate for good. */
  public void openGate() {
    gate.release(Integer.MAX_VALUE / 2);
  }

  /** Makes every layer fail, or work again. */
  public void setFailing(boolean failing) {
    this.failing = failing;
  }

  /** Makes new kernels fail for want of native memory, or work again. */
  public void setWithoutMemory(boolean withoutMemory) {
    this.withoutMemory = withoutMemory;
  }

  @Override
  public LayerKernels kernels(int maxTokens, int maxSequences) {
    if (withoutMemory) {
      throw new OutOfMemoryError("Cannot reserve native memory, on purpose");
    }
    return new LayerKernels() {
      private int texts;

      @Override
      public void start(List<EncodedText> batch) {
        batches.incrementAndGet();
        texts = batch.size();
      }

      @Override
      public void layer(int depth) {
        arrived.release();
        gate.acquireUninterruptibly();
        if (failing) {
          throw new KernelException("offramp_qkv: broken on purpose");
        }
        textLayers.addAndGet(texts);
      }

      @Override
      public void exit(int depth, float[] logits) {
        for (int i = 0; i < texts * classes; i++) {
          logits[i] = i % classes == 0 ? depth : 0;
        }
      }

      @Override
      public void keep(int[] survivors, int count) {
        texts = count;
      }

      @Override
      public void save(int text, float[] rows) {
        saved.incrementAndGet();
      }

      @Override
      public void resume(List<float[]> rows) {
        texts = 0;
        join(rows);
      }

      @Override
      public void join(List<float[]> rows) {
        texts += rows.size();
      }

      @Override
      public void close() {
        closed.incrementAndGet();
      }
    };
  }

  @Override
  public void close() {
    closed.incrementAndGet();
  }
}
