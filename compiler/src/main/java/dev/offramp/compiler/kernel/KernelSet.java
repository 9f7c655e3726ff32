package dev.offramp.compiler.kernel;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Program;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.TvmModule;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.checkpoint.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The kernels for one shape of model on one target, and how their weights are packed.
 *
 * <p>Layers share shapes and take weights as arguments, so the number of layers plays no part.
 */
public final class KernelSet {
  private final CpuTarget target;
  private final Schedules schedules;
  private final List<Kernel> kernels;

  private KernelSet(ModelConfig config, CpuTarget target, Schedules schedules) {
    int hidden = config.hiddenSize();
    int wide = config.intermediateSize();
    DotProduct dot = DotProduct.of(target);
    this.target = target;
    this.schedules = schedules;
    LayerNorm norm = LayerNorm.of(target, hidden, config.layerNormEpsilon());
    var qkv = new Projection(dot, schedules.qkv(), hidden, 3 * hidden);
    var square = new Projection(dot, schedules.attentionOutput(), hidden, hidden);
    var up = new Projection(dot, schedules.up(), hidden, wide);
    var down = new Projection(dot, schedules.down(), wide, hidden);
    var pooler = new Projection(dot, schedules.pooler(), hidden, hidden);
    var kernels =
        new ArrayList<Kernel>(
            List.of(
                new Embed(
                    config.vocabSize(),
                    config.maxPositions(),
                    config.typeVocabSize(),
                    LayerNorm.of(target, config.embeddingSize(), config.layerNormEpsilon())),
                new PlainProjection(KernelNames.QKV, qkv),
                Attention.of(
                    schedules.attention(),
                    config.heads(),
                    config.headSize(),
                    config.maxPositions()),
                new AttentionOutput(new ResidualProjection(square, norm)),
                new FeedForwardUp(up),
                new FeedForwardDown(new ResidualProjection(down, norm)),
                ExitHead.of(pooler, config.classes()),
                new Compact(hidden, norm.lanes())));
    schedules
        .embedProjection()
        .map(schedule -> new Projection(dot, schedule, config.embeddingSize(), hidden))
        .ifPresent(wider -> kernels.add(new PlainProjection(KernelNames.EMBED_PROJECTION, wider)));
    this.kernels = List.copyOf(kernels);
  }

  /**
   * The kernels with their default schedules.
   *
   * @throws IllegalArgumentException if a dimension is no multiple of {@value
   *     DefaultSchedules#DIVISOR}
   */
  public static KernelSet of(ModelConfig config, CpuTarget target) {
    return of(config, target, Schedules.defaults(config, target));
  }

  /** The kernels with these schedules. */
  public static KernelSet of(ModelConfig config, CpuTarget target, Schedules schedules) {
    return new KernelSet(config, target, schedules);
  }

  /** Refuses dimensions that no schedule takes. */
  static void requireShape(ModelConfig config) {
    requireMultiple("hidden_size", config.hiddenSize());
    requireMultiple("embedding_size", config.embeddingSize());
    requireMultiple("intermediate_size", config.intermediateSize());
    requireMultiple("hidden_size / num_attention_heads", config.headSize());
  }

  private static void requireMultiple(String field, int value) {
    if (value % DefaultSchedules.DIVISOR != 0) {
      throw new IllegalArgumentException(
          "%s: %d (expected: a multiple of %d, which the kernels' vectors need)"
              .formatted(field, value, DefaultSchedules.DIVISOR));
    }
  }

  /** All kernels of the artifact. */
  public List<Kernel> kernels() {
    return kernels;
  }

  /** What they are compiled for. */
  public CpuTarget target() {
    return target;
  }

  /** How they are cut up. */
  public Schedules schedules() {
    return schedules;
  }

  /** How the weights of a projection with this schedule are laid out. */
  public WeightPacking packing(GemmSchedule schedule) {
    return new WeightPacking(DotProduct.of(target), schedule.columns());
  }

  /** Names how all weights are laid out: targets with the same name share a file of weights. */
  public String layout() {
    return Stream.concat(
            Stream.of(
                schedules.qkv(),
                schedules.attentionOutput(),
                schedules.up(),
                schedules.down(),
                schedules.pooler()),
            schedules.embedProjection().stream())
        .map(schedule -> packing(schedule).id())
        .collect(Collectors.joining("-"));
  }

  /** Compiles the kernels into one module, which belongs to {@code owner}. */
  public TvmModule compile(ReferenceScope owner) {
    return compile(kernels, owner);
  }

  /** Compiles some of the kernels. */
  public TvmModule compile(List<Kernel> some, ReferenceScope owner) {
    try (var scope = ReferenceScope.open()) {
      var tir = new Tir(scope);
      var program = new Program(tir);
      for (Kernel kernel : some) {
        var function = new PrimFunc(tir, kernel.name());
        kernel.write(function);
        program.add(function);
      }
      return program.compile(target.level().toTvm(), owner);
    }
  }
}
