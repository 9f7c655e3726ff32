package dev.offramp.bench;

import dev.offramp.bench.workload.RandomEncoder;
import dev.offramp.bench.workload.TokenCase;
import dev.offramp.cli.OfframpProcess;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.LayerKernels;
import dev.offramp.server.natives.TvmRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Offramp's own kernels in one precision, compiled for this CPU and run as the server's workers run
 * them: each thread takes its share of the texts through all layers by itself.
 */
final class OfframpEngine implements PeerEngine {
  static final String NAME = "offramp";

  private final ModelConfig config;
  private final TargetEntry target;
  private final Backend backend;
  private final int threads;

  /** At least two: {@link Scaling} compares them with one. */
  private final ExecutorService workers;

  private OfframpEngine(Artifact artifact, int threads) {
    this.config = artifact.manifest().config();
    this.target = artifact.manifest().targets().getFirst();
    this.threads = threads;
    this.backend = TvmRuntime.backends().open(artifact, target);
    this.workers = Executors.newFixedThreadPool(Math.max(2, threads));
  }

  /** Compiles {@code checkpoint}, in a process of its own, and loads the artifact. */
  static OfframpEngine compile(Checkpoint checkpoint, Precision precision, int threads, Path work)
      throws IOException, InterruptedException {
    Path source = Files.createDirectories(work).resolve("layers");
    Path artifact = work.resolve("layers-" + precision + ".offramp");
    RandomEncoder.write(checkpoint, source);
    OfframpProcess.run(
        work.resolve("compile-" + precision + ".log"),
        "compile",
        source.toString(),
        "--precision",
        precision.id(),
        "--out",
        artifact.toString());
    return load(artifact, threads);
  }

  /** The name of the engine in a precision: that of float32 is the plain one. */
  static String name(Precision precision) {
    return precision == Precision.FLOAT32 ? NAME : NAME + "-" + precision;
  }

  /** Loads an artifact that was compiled for this machine. */
  static OfframpEngine load(Path artifact, int threads) {
    return new OfframpEngine(Artifact.open(artifact), threads);
  }

  @Override
  public String name() {
    return name(target.precision());
  }

  @Override
  public String version() {
    return target.id() + ", TVM " + target.tvmVersion();
  }

  @Override
  public String precision() {
    return target.precision().id();
  }

  @Override
  public Pass prepare(List<EncodedText> texts) {
    return prepare(texts, threads);
  }

  /** Readies a batch for that many workers: one, two, or the engine's threads. */
  Pass prepare(List<EncodedText> texts, int count) {
    return new OfframpPass(texts, count);
  }

  @Override
  public void close() {
    workers.close();
    backend.close();
  }

  /** One worker's share of a batch. */
  private record Share(LayerKernels kernels, List<EncodedText> texts) {
    void start() {
      kernels.start(texts);
    }

    void layers(int count) {
      for (int depth = 1; depth <= count; depth++) {
        kernels.layer(depth);
      }
    }
  }

  private final class OfframpPass implements Pass {
    private final List<Share> shares = new ArrayList<>();

    OfframpPass(List<EncodedText> texts, int most) {
      int count = Math.min(most, texts.size());
      for (int i = 0; i < count; i++) {
        var share = texts.subList(i * texts.size() / count, (i + 1) * texts.size() / count);
        int tokens = TokenCase.of(share).tokens();
        shares.add(new Share(backend.kernels(tokens, share.size()), share));
      }
    }

    @Override
    public void reset() {
      shares.forEach(Share::start);
    }

    @Override
    public void run() {
      if (shares.size() == 1) {
        shares.getFirst().layers(config.layers());
        return;
      }
      var tasks = new ArrayList<Callable<Void>>();
      for (Share share : shares) {
        tasks.add(() -> {
          share.layers(config.layers());
          return null;
        });
      }
      try {
        for (Future<Void> done : workers.invokeAll(tasks)) {
          done.get();
        }
      } catch (ExecutionException e) {
        throw new IllegalStateException("a worker failed: " + e.getCause(), e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }

    @Override
    public float[] logits() {
      int sequences = shares.stream().mapToInt(share -> share.texts().size()).sum();
      float[] all = new float[sequences * config.classes()];
      int from = 0;
      for (Share share : shares) {
        float[] logits = new float[share.texts().size() * config.classes()];
        share.kernels().exit(config.layers(), logits);
        System.arraycopy(logits, 0, all, from, logits.length);
        from += logits.length;
      }
      return all;
    }

    @Override
    public void close() {
      shares.forEach(share -> share.kernels().close());
    }
  }
}
