package dev.offramp.compiler.opencl;

import dev.offramp.compiler.target.OpenClTarget;
import dev.offramp.compiler.tir.PrimFunc;
import dev.offramp.compiler.tir.Program;
import dev.offramp.compiler.tir.Tir;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.TvmModule;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.HostTensor;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;

/** The kernels for one shape of model on OpenCL devices, and how their weights are packed. */
public final class OpenClKernels {
  private static final int DIVISOR = 8;

  private final OpenClTarget target;
  private final boolean halves;
  private final List<DeviceKernel> kernels;

  private OpenClKernels(ModelConfig config, OpenClTarget target) {
    int hidden = config.hiddenSize();
    int wide = config.intermediateSize();
    this.target = target;
    this.halves = target.precision() == Precision.FLOAT16;
    var norm = new RowNorm(hidden, (float) config.layerNormEpsilon());
    var square = new TiledProduct(hidden, hidden, halves);
    var kernels =
        new ArrayList<DeviceKernel>(
            List.of(
                new DeviceEmbed(
                    config.vocabSize(),
                    config.maxPositions(),
                    config.typeVocabSize(),
                    new RowNorm(config.embeddingSize(), (float) config.layerNormEpsilon())),
                new DeviceProjection(
                    KernelNames.QKV,
                    new TiledProduct(hidden, 3 * hidden, halves),
                    TiledProduct.Finish.NONE),
                new DeviceAttention(config.heads(), config.headSize()),
                new DeviceResidualProjection(KernelNames.ATTENTION_OUTPUT, square, norm),
                new DeviceProjection(
                    KernelNames.FFN_UP,
                    new TiledProduct(hidden, wide, halves),
                    TiledProduct.Finish.GELU),
                new DeviceResidualProjection(
                    KernelNames.FFN_DOWN, new TiledProduct(wide, hidden, halves), norm),
                new DeviceExitHead(square, config.classes()),
                new DeviceCompact(hidden)));
    if (config.sharedLayers()) {
      kernels.add(
          new DeviceProjection(
              KernelNames.EMBED_PROJECTION,
              new TiledProduct(config.embeddingSize(), hidden, halves),
              TiledProduct.Finish.NONE));
    }
    this.kernels = List.copyOf(kernels);
  }

  /**
   * The kernels for a model.
   *
   * @throws IllegalArgumentException if they cannot take its shape, saying which dimension
   */
  public static OpenClKernels of(ModelConfig config, OpenClTarget target) {
    require("hidden_size", config.hiddenSize(), DeviceExitHead.WIDEST);
    require("embedding_size", config.embeddingSize(), Integer.MAX_VALUE);
    require("intermediate_size", config.intermediateSize(), Integer.MAX_VALUE);
    require("hidden_size / num_attention_heads", config.headSize(), DeviceAttention.WIDEST);
    return new OpenClKernels(config, target);
  }

  private static void require(String field, int value, int most) {
    if (value % DIVISOR != 0 || value > most) {
      throw new IllegalArgumentException(
          "%s: %d (expected: a multiple of %d%s, for target opencl)"
              .formatted(
                  field, value, DIVISOR, most == Integer.MAX_VALUE ? "" : ", at most " + most));
    }
  }

  /** Names how weights are laid out: targets with the same name share a file of weights. */
  public String layout() {
    return "panels" + TiledProduct.TILE + "-" + target.precision();
  }

  /** Packs a projection's tensors, in the order of the kernels' arguments. */
  public SequencedMap<String, HostTensor> pack(String prefix, Tensor weight, Tensor bias) {
    return PanelPacking.pack(prefix, weight, bias, halves);
  }

  /** The device's source, for a human to read. */
  public String source() {
    try (var scope = ReferenceScope.open()) {
      return compile(scope).imported(scope, 0).source("cl");
    }
  }

  /**
   * Compiles the kernels into object files of one shared library: the host's code, and the device's
   * source as data.
   *
   * @param library the library to be, beside which they are put
   */
  public List<Path> compile(Path library) {
    Path host = library.resolveSibling("host.o");
    Path device = library.resolveSibling("device.o");
    try (var scope = ReferenceScope.open()) {
      TvmModule module = compile(scope);
      module.saveObject(host);
      module.packImports(scope, target.hostToTvm()).saveObject(device);
    }
    return List.of(host, device);
  }

  private TvmModule compile(ReferenceScope owner) {
    try (var scope = ReferenceScope.open()) {
      var tir = new Tir(scope);
      var program = new Program(tir);
      for (DeviceKernel kernel : kernels) {
        var function = new PrimFunc(tir, kernel.name());
        kernel.write(function);
        program.add(function);
      }
      return program.compile(target.toTvm(), target.hostToTvm(), owner);
    }
  }
}
