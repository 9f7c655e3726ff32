package dev.offramp.compiler.tune;

import dev.offramp.compiler.kernel.GemmSchedule;
import dev.offramp.compiler.kernel.Kernel;
import dev.offramp.compiler.kernel.KernelSet;
import dev.offramp.compiler.kernel.Schedule;
import dev.offramp.compiler.kernel.Schedules;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tvm.ElementType;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.SharedLibraryLinker;
import dev.offramp.compiler.tvm.TvmArray;
import dev.offramp.compiler.tvm.TvmFunction;
import dev.offramp.compiler.tvm.TvmModule;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.checkpoint.HostTensor;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.Words;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A workload on batches of random numbers: the arguments, and kernels of any schedule that take
 * them.
 *
 * <p>Threading: one thread. Ownership: {@link #close} frees the arguments; every {@link Candidate}
 * must have been closed before.
 */
public final class KernelCase implements AutoCloseable {
  private static final long SEED = 1;

  /** Rows beyond the batch that any schedule's last tile may reach into. */
  private static final int SPARE_ROWS = 16;

  /**
   * A batch of sequences of one length.
   *
   * @param tokens in all
   * @param length of each sequence; divides {@code tokens}
   */
  public record Batch(int tokens, int length) {
    public Batch {
      if (tokens < 1 || length < 1 || tokens % length != 0) {
        throw new IllegalArgumentException(
            "tokens: %d in sequences of %d (expected: whole sequences)".formatted(tokens, length));
      }
    }
  }

  /** What a kernel gets besides the weights. */
  @SuppressWarnings("ArrayRecordComponent") // Nothing compares them.
  private record Arguments(Batch batch, List<Object> before, List<Object> after, TvmArray out) {}

  private final ReferenceScope scope = ReferenceScope.open();
  private final ModelConfig config;
  private final CpuTarget target;
  private final Workload workload;
  private final Schedules base;
  private final int width;
  private final List<Arguments> batches;
  private final Map<Integer, List<TvmArray>> packed = new HashMap<>();
  private final Tensor weight;
  private final Tensor bias;

  /** A case of several batches, which are numbered from 0. */
  public KernelCase(ModelConfig config, CpuTarget target, Workload workload, List<Batch> batches) {
    this.config = config;
    this.target = target;
    this.workload = workload;
    this.base = Schedules.defaults(config, target);
    var random = new Random(SEED);
    this.width = workload.isProduct() ? workload.outer() : config.hiddenSize();
    this.weight =
        workload.isProduct()
            ? tensor(random, 0.05, workload.outer(), workload.inner())
            : Tensor.of(new float[0], 0);
    this.bias = workload.isProduct() ? tensor(random, 0.1, workload.outer()) : weight;
    this.batches = batches.stream().map(batch -> arguments(batch, random)).toList();
  }

  private Arguments arguments(Batch batch, Random random) {
    int hidden = config.hiddenSize();
    int rows = batch.tokens() + SPARE_ROWS;
    List<Object> before = new ArrayList<>();
    List<Object> after = new ArrayList<>();
    if (workload.isProduct()) {
      before.add(batch.tokens());
      before.add(array(tensor(random, 1, rows, workload.inner())));
      if (workload.kernel().equals(KernelNames.ATTENTION_OUTPUT)
          || workload.kernel().equals(KernelNames.FFN_DOWN)) {
        after.add(array(tensor(random, 1, rows, hidden)));
        after.add(array(tensor(random, 1, hidden)));
        after.add(array(tensor(random, 1, hidden)));
      }
    } else {
      int sequences = batch.tokens() / batch.length();
      var offsets = new int[sequences + 1];
      for (int s = 0; s <= sequences; s++) {
        offsets[s] = s * batch.length();
      }
      before.add(sequences);
      before.add(TvmArray.of(scope, offsets, offsets.length));
      before.add(array(tensor(random, 1, rows, 3 * hidden)));
    }
    return new Arguments(
        batch, before, after, TvmArray.zeros(scope, ElementType.FLOAT32, rows, width));
  }

  /** How many batches there are. */
  public int batches() {
    return batches.size();
  }

  /** Operations of one run on a batch. */
  public double operations(int batch) {
    Batch shape = batches.get(batch).batch();
    return workload.operations(shape.tokens(), shape.length());
  }

  /** Compiles the kernel with a schedule. */
  public Candidate compile(Schedule schedule) {
    return new Candidate(schedule);
  }

  private List<TvmArray> weights(KernelSet kernels, Schedule schedule) {
    if (!(schedule instanceof GemmSchedule gemm)) {
      return List.of();
    }
    return packed.computeIfAbsent(
        gemm.columns(),
        columns ->
            kernels.packing(gemm).pack("w", weight, bias).values().stream()
                .map(this::array)
                .toList());
  }

  private TvmArray array(HostTensor tensor) {
    long[] shape = tensor.shape().stream().mapToLong(Integer::longValue).toArray();
    return switch (tensor) {
      case Tensor floats -> TvmArray.of(scope, floats.values(), shape);
      case Words words -> TvmArray.of(scope, words.values(), shape);
    };
  }

  private static Tensor tensor(Random random, double scale, Integer... shape) {
    int size = 1;
    for (int extent : shape) {
      size *= extent;
    }
    var values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return Tensor.of(values, shape);
  }

  @Override
  public void close() {
    scope.close();
  }

  /** The kernel with one schedule. */
  public final class Candidate implements AutoCloseable {
    private final ReferenceScope own = ReferenceScope.open();
    private final TvmFunction function;
    private final List<Object[]> arguments;

    private Candidate(Schedule schedule) {
      try {
        var kernels = KernelSet.of(config, target, base.with(workload.kernel(), schedule));
        List<Kernel> one =
            kernels.kernels().stream()
                .filter(kernel -> kernel.name().equals(workload.kernel()))
                .toList();
        this.function = load(kernels, one).function(own, workload.kernel());
        List<TvmArray> weights = weights(kernels, schedule);
        this.arguments =
            batches.stream()
                .map(batch ->
                    Stream.of(batch.before(), weights, batch.after(), List.of(batch.out()))
                        .flatMap(List::stream)
                        .toArray())
                .toList();
      } catch (RuntimeException | Error e) {
        own.close();
        throw e;
      }
    }

    private TvmModule load(KernelSet kernels, List<Kernel> one) {
      try (var compiling = ReferenceScope.open()) {
        return SharedLibraryLinker.load(own, kernels.compile(one, compiling));
      } catch (IOException e) {
        throw new UncheckedIOException("a kernel to be timed cannot be linked", e);
      }
    }

    /** Runs the kernel once on a batch; the nanoseconds it took. */
    public long run(int batch) {
      Object[] all = arguments.get(batch);
      long start = System.nanoTime();
      function.call(own, all);
      return System.nanoTime() - start;
    }

    /** What it computes for a batch: {@code [tokens, width]}. */
    public float[] output(int batch) {
      run(batch);
      Arguments of = batches.get(batch);
      var values = new float[of.batch().tokens() * width];
      of.out().memory().asFloatBuffer().get(values);
      return values;
    }

    @Override
    public void close() {
      own.close();
    }
  }
}
