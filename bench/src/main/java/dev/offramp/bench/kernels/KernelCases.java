package dev.offramp.bench.kernels;

import dev.offramp.bench.kernels.KernelCase.Product;
import dev.offramp.bench.kernels.KernelModel.Dense;
import dev.offramp.bench.onednn.OneDnn.Epilogue;
import dev.offramp.compiler.check.PlainKernels;
import dev.offramp.compiler.check.PlainProducts;
import dev.offramp.compiler.kernel.GemmSchedule;
import dev.offramp.compiler.kernel.KernelSet;
import dev.offramp.compiler.kernel.Schedules;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tune.Tuner;
import dev.offramp.compiler.tune.TuningRecords;
import dev.offramp.compiler.tvm.ElementType;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.SharedLibraryLinker;
import dev.offramp.compiler.tvm.TvmArray;
import dev.offramp.compiler.tvm.TvmModule;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.HostTensor;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.Words;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The kernels of one target, compiled and linked as for an artifact, with random weights packed for
 * them.
 *
 * <p>Ownership: close it to free the library and the weights; a batch's cases live in the scope
 * that they were asked for with. Threading: one thread.
 */
final class KernelCases implements AutoCloseable {
  /**
   * Rows that are held against plain Java, spread over the batch; attention is checked in whole.
   */
  private static final int CHECKED_ROWS = 24;

  private static final String PREFIX = "offramp_";

  private final KernelModel model;
  private final Precision precision;
  private final int rowTile;
  private final ReferenceScope scope = ReferenceScope.open();
  private final TvmModule library;
  private final IdentityHashMap<Dense, List<TvmArray>> packed = new IdentityHashMap<>();
  private final IdentityHashMap<Tensor, TvmArray> plain = new IdentityHashMap<>();

  private KernelCases(KernelModel model, KernelSet kernels) throws IOException {
    this.model = model;
    this.precision = kernels.target().precision();
    Schedules schedules = kernels.schedules();
    this.rowTile = schedules.rowTile();
    this.library = link(kernels);
    pack(kernels, schedules.qkv(), model.qkv());
    pack(kernels, schedules.attentionOutput(), model.attentionOutput());
    pack(kernels, schedules.up(), model.up());
    pack(kernels, schedules.down(), model.down());
    pack(kernels, schedules.pooler(), model.pooler());
    List.of(
            model.exit().weight(),
            model.exit().bias(),
            model.norm().gamma(),
            model.norm().beta(),
            model.word(),
            model.position(),
            model.type())
        .forEach(tensor -> plain.put(tensor, array(scope, tensor)));
  }

  /** Compiles the kernels of a target that this machine runs, with the schedules on record. */
  static KernelCases compile(KernelModel model, CpuTarget target, TuningRecords records)
      throws IOException {
    Schedules schedules = Tuner.recorded(model.config(), target, records);
    return new KernelCases(model, KernelSet.of(model.config(), target, schedules));
  }

  private TvmModule link(KernelSet kernels) throws IOException {
    try (var own = ReferenceScope.open()) {
      return SharedLibraryLinker.load(scope, kernels.compile(own));
    }
  }

  private void pack(KernelSet kernels, GemmSchedule schedule, Dense dense) {
    packed.put(
        dense,
        kernels.packing(schedule).pack("", dense.weight(), dense.bias()).values().stream()
            .map(tensor -> array(scope, tensor))
            .toList());
  }

  /** The kernels on a batch of random rows, in the order in which a text passes them. */
  List<KernelCase> on(TokenBatch batch, long seed, ReferenceScope owner) {
    return new Batch(batch, seed, owner).cases();
  }

  @Override
  public void close() {
    scope.close();
  }

  private static TvmArray array(ReferenceScope owner, HostTensor tensor) {
    long[] shape = tensor.shape().stream().mapToLong(Integer::longValue).toArray();
    return switch (tensor) {
      case Tensor floats -> TvmArray.of(owner, floats.values(), shape);
      case Words words -> TvmArray.of(owner, words.values(), shape);
    };
  }

  /** Rows for the kernels of one batch. */
  private final class Batch {
    private final ModelConfig config = model.config();
    private final TokenBatch batch;
    private final ReferenceScope owner;
    private final SplittableRandom random;
    private final int tokens;
    private final int capacity;
    private final int[] checked;

    Batch(TokenBatch batch, long seed, ReferenceScope owner) {
      this.batch = batch;
      this.owner = owner;
      this.random = new SplittableRandom(seed);
      this.tokens = batch.tokens();
      this.capacity = tokens + rowTile - 1;
      int count = Math.min(CHECKED_ROWS, tokens);
      this.checked =
          IntStream.range(0, count)
              .map(i -> count == 1 ? 0 : (int) ((long) i * (tokens - 1) / (count - 1)))
              .toArray();
    }

    List<KernelCase> cases() {
      Tensor x = rows(config.hiddenSize());
      Tensor residual = rows(config.hiddenSize());
      return List.of(
          embed(),
          product(KernelNames.QKV, x, model.qkv(), null),
          attention(),
          product(KernelNames.ATTENTION_OUTPUT, x, model.attentionOutput(), residual),
          product(KernelNames.FFN_UP, x, model.up(), null),
          product(KernelNames.FFN_DOWN, wide(), model.down(), residual),
          exitHead(x),
          compact(x));
    }

    private KernelCase embed() {
      int[] ids =
          IntStream.generate(() -> random.nextInt(config.vocabSize())).limit(capacity).toArray();
      int[] types =
          IntStream.generate(() -> random.nextInt(config.typeVocabSize()))
              .limit(capacity)
              .toArray();
      int[] positions = batch.positions(capacity);
      Supplier<float[]> expected =
          () ->
              norm(
                  PlainKernels.lookup(
                      pick(ids),
                      pick(positions),
                      pick(types),
                      model.word().values(),
                      model.position().values(),
                      model.type().values(),
                      config.hiddenSize()));
      List<Object> arguments =
          List.of(
              tokens,
              integers(ids),
              integers(positions),
              integers(types),
              loaded(model.word()),
              loaded(model.position()),
              loaded(model.type()),
              loaded(model.norm().gamma()),
              loaded(model.norm().beta()));
      return of(
          KernelNames.EMBED, arguments, capacity, config.hiddenSize(), checked, null, expected);
    }

    private KernelCase product(String kernel, Tensor x, Dense dense, @Nullable Tensor residual) {
      var arguments = new ArrayList<Object>(List.of(tokens, array(owner, x)));
      arguments.addAll(packed.get(dense));
      if (residual != null) {
        arguments.add(array(owner, residual));
        arguments.add(loaded(model.norm().gamma()));
        arguments.add(loaded(model.norm().beta()));
      }
      Supplier<float[]> expected =
          () -> {
            float[] y = dense(pick(x), dense);
            if (residual != null) {
              return norm(PlainKernels.add(y, pick(residual)));
            }
            return kernel.equals(KernelNames.FFN_UP) ? PlainKernels.gelu(y) : y;
          };
      Epilogue epilogue =
          switch (kernel) {
            case KernelNames.FFN_UP -> Epilogue.GELU;
            case KernelNames.QKV -> Epilogue.BIAS;
            default -> Epilogue.RESIDUAL;
          };
      var product = new Product(tokens, dense.weight(), epilogue);
      return of(kernel, arguments, capacity, dense.outer(), checked, product, expected);
    }

    private KernelCase attention() {
      int width = config.hiddenSize();
      Tensor qkv = rows(3 * width);
      int[] offsets = batch.offsets();
      Supplier<float[]> expected =
          () -> {
            float[] used = Arrays.copyOf(qkv.values(), tokens * 3 * width);
            return PlainKernels.attention(offsets, used, config.heads(), config.headSize());
          };
      List<Object> arguments = List.of(batch.sequences(), integers(offsets), array(owner, qkv));
      int[] all = IntStream.range(0, tokens).toArray();
      return of(KernelNames.ATTENTION, arguments, capacity, width, all, null, expected);
    }

    private KernelCase exitHead(Tensor x) {
      int sequences = batch.sequences();
      int[] offsets = batch.offsets();
      int[] first = Arrays.copyOf(offsets, sequences);
      Dense exit = model.exit();
      Supplier<float[]> expected =
          () -> {
            float[] cls = PlainKernels.gather(x.values(), first, config.hiddenSize());
            float[] pooled = PlainKernels.tanh(dense(cls, model.pooler()));
            return PlainKernels.dense(
                pooled, sequences, exit.weight().values(), exit.bias().values());
          };
      var arguments = new ArrayList<Object>(List.of(sequences, integers(offsets), array(owner, x)));
      arguments.addAll(packed.get(model.pooler()));
      arguments.add(loaded(exit.weight()));
      arguments.add(loaded(exit.bias()));
      int[] all = IntStream.range(0, sequences).toArray();
      return of(KernelNames.EXIT_HEAD, arguments, sequences, config.classes(), all, null, expected);
    }

    private KernelCase compact(Tensor x) {
      // Every second row, then the others: a gather that no copy of one block can do.
      int[] rows =
          IntStream.range(0, capacity)
              .map(i ->
                  i < tokens
                      ? (int) (2L * i % tokens + (tokens % 2 == 0 ? 2L * i / tokens : 0))
                      : 0)
              .toArray();
      Supplier<float[]> expected =
          () -> PlainKernels.gather(x.values(), pick(rows), config.hiddenSize());
      List<Object> arguments = List.of(tokens, integers(rows), array(owner, x));
      return of(
          KernelNames.COMPACT, arguments, capacity, config.hiddenSize(), checked, null, expected);
    }

    private KernelCase of(
        String kernel,
        List<Object> arguments,
        int outRows,
        int outWidth,
        int[] checkedRows,
        @Nullable Product product,
        Supplier<float[]> expected) {
      TvmArray out = TvmArray.zeros(owner, ElementType.FLOAT32, outRows, outWidth);
      var all = new ArrayList<>(arguments);
      all.add(out);
      boolean multiplies = product != null || kernel.equals(KernelNames.EXIT_HEAD);
      return new KernelCase(
          kernel.substring(PREFIX.length()),
          multiplies ? precision : Precision.FLOAT32,
          KernelWork.of(kernel, config, batch, precision),
          product,
          library.function(owner, kernel),
          all.toArray(),
          out,
          checkedRows,
          expected);
    }

    private Tensor rows(int width) {
      return KernelModel.tensor(random, 0, 1, capacity, width);
    }

    /** What GELU gives: the input of the narrowing half. */
    private Tensor wide() {
      Tensor x = rows(config.intermediateSize());
      return new Tensor(x.shape(), PlainKernels.gelu(x.values()));
    }

    private TvmArray integers(int[] values) {
      return TvmArray.of(owner, values, values.length);
    }

    private Object loaded(Tensor tensor) {
      return Objects.requireNonNull(plain.get(tensor));
    }

    private int[] pick(int[] values) {
      return IntStream.of(checked).map(row -> values[row]).toArray();
    }

    private float[] pick(Tensor x) {
      return PlainKernels.gather(x.values(), checked, x.shape().get(1));
    }

    private float[] dense(float[] x, Dense dense) {
      return PlainProducts.dense(
          precision, x, x.length / dense.inner(), dense.weight().values(), dense.bias().values());
    }

    private float[] norm(float[] x) {
      return PlainKernels.layerNorm(
          x,
          model.norm().gamma().values(),
          model.norm().beta().values(),
          config.layerNormEpsilon());
    }
  }
}
