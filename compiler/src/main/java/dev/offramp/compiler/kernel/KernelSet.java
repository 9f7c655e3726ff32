package dev.offramp.compiler.kernel;

import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Program;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.TvmModule;
import dev.offramp.model.checkpoint.ModelConfig;
import java.util.List;

/**
 * The kernels for one shape of model on one target, and the tiles that weights are packed for.
 *
 * <p>Layers share shapes and take weights as arguments, so the number of layers plays no part.
 */
public final class KernelSet {
  private final CpuTarget target;
  private final GemmTile square;
  private final GemmTile qkv;
  private final GemmTile up;
  private final GemmTile down;
  private final List<Kernel> kernels;

  private KernelSet(ModelConfig config, CpuTarget target) {
    int hidden = config.hiddenSize();
    int wide = config.intermediateSize();
    requireMultiple("hidden_size", hidden);
    requireMultiple("intermediate_size", wide);
    requireMultiple("hidden_size / num_attention_heads", config.headSize());
    this.target = target;
    this.square = GemmTile.of(target, hidden, hidden);
    this.qkv = GemmTile.of(target, hidden, 3 * hidden);
    this.up = GemmTile.of(target, hidden, wide);
    this.down = GemmTile.of(target, wide, hidden);
    LayerNorm norm = LayerNorm.of(target, hidden, config.layerNormEpsilon());
    this.kernels =
        List.of(
            new Embed(config.vocabSize(), config.maxPositions(), config.typeVocabSize(), norm),
            new QkvProjection(new Projection(qkv, hidden, 3 * hidden)),
            Attention.of(target, config.heads(), config.headSize(), config.maxPositions()),
            new AttentionOutput(
                new ResidualProjection(new Projection(square, hidden, hidden), norm)),
            new FeedForwardUp(new Projection(up, hidden, wide)),
            new FeedForwardDown(new ResidualProjection(new Projection(down, wide, hidden), norm)),
            new ExitHead(square, hidden, config.classes()),
            new Compact(hidden, norm.lanes()));
  }

  /**
   * The kernels with their default schedules.
   *
   * @throws IllegalArgumentException if a dimension is no multiple of {@value GemmTile#DIVISOR}
   */
  public static KernelSet of(ModelConfig config, CpuTarget target) {
    return new KernelSet(config, target);
  }

  private static void requireMultiple(String field, int value) {
    if (value % GemmTile.DIVISOR != 0) {
      throw new IllegalArgumentException(
          "%s: %d (expected: a multiple of %d, which the kernels' vectors need)"
              .formatted(field, value, GemmTile.DIVISOR));
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

  /** The tile that the output projection's and the pooler's weights are packed for. */
  public GemmTile squareTile() {
    return square;
  }

  /** The tile of the query, key and value projection. */
  public GemmTile qkvTile() {
    return qkv;
  }

  /** The tile of the feed-forward layer's widening half. */
  public GemmTile upTile() {
    return up;
  }

  /** The tile of the feed-forward layer's narrowing half. */
  public GemmTile downTile() {
    return down;
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
      return program.compile(target.toTvm(), owner);
    }
  }
}
