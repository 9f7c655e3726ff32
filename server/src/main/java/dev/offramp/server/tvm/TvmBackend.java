package dev.offramp.server.tvm;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.LayerKernels;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.tvm.Function;
import org.apache.tvm.Module;

/**
 * One target of an artifact, loaded: its kernels and packed weights.
 *
 * <p>Ownership: the module owns the code; functions are references into it, so they are released
 * before it.
 */
final class TvmBackend implements Backend {

  private final ModelConfig config;
  private final int rowTile;
  private final Module module;
  private final Map<String, Function> functions;
  private final TvmWeights weights;

  private TvmBackend(
      ModelConfig config,
      int rowTile,
      Module module,
      Map<String, Function> functions,
      TvmWeights weights) {
    this.config = config;
    this.rowTile = rowTile;
    this.module = module;
    this.functions = functions;
    this.weights = weights;
  }

  static TvmBackend open(Artifact artifact, TargetEntry target) {
    ModelConfig config = artifact.manifest().config();
    Path kernels = artifact.resolve(target.kernels());
    TvmWeights weights = TvmWeights.load(artifact.resolve(target.weights()), config);
    Module module;
    try {
      module = Module.load(kernels.toString());
    } catch (RuntimeException e) {
      weights.close();
      throw new ModelFormatException(kernels, "cannot be loaded: " + e.getMessage(), e);
    }
    var functions = new LinkedHashMap<String, Function>();
    try {
      for (String name : KernelNames.ALL) {
        functions.put(name, module.getFunction(name));
      }
    } catch (RuntimeException e) {
      functions.values().forEach(Function::release);
      module.release();
      weights.close();
      throw new ModelFormatException(kernels, "is not a kernel library: " + e.getMessage(), e);
    }
    return new TvmBackend(config, target.rowTile(), module, functions, weights);
  }

  @Override
  public LayerKernels kernels(int maxTokens, int maxSequences) {
    return new TvmKernels(config, rowTile, functions, weights, maxTokens, maxSequences);
  }

  @Override
  public void close() {
    functions.values().forEach(Function::release);
    module.release();
    weights.close();
  }
}
