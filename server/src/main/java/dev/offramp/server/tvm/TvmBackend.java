package dev.offramp.server.tvm;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.Device;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.text.EncodedText;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.LayerKernels;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
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
  private final Device device;
  private final int rowTile;
  private final Module module;
  private final Map<String, Function> functions;
  private final TvmWeights weights;

  private TvmBackend(
      ModelConfig config,
      Device device,
      int rowTile,
      Module module,
      Map<String, Function> functions,
      TvmWeights weights) {
    this.config = config;
    this.device = device;
    this.rowTile = rowTile;
    this.module = module;
    this.functions = functions;
    this.weights = weights;
  }

  static TvmBackend open(Artifact artifact, TargetEntry target) {
    ModelConfig config = artifact.manifest().config();
    Path kernels = artifact.resolve(target.kernels());
    if (target.device() == Device.OPENCL && !DeviceTensor.deviceExists()) {
      throw new ModelFormatException(
          kernels,
          "needs an OpenCL device, and the loader finds none (expected: a driver listed in"
              + " /etc/OpenCL/vendors, or a target for this CPU)");
    }
    TvmWeights weights =
        TvmWeights.load(
            artifact.resolve(target.weights()), config, target.device(), target.precision());
    Module module;
    String path = FreshName.of(kernels);
    try {
      module = Module.load(path);
    } catch (RuntimeException e) {
      weights.close();
      throw refuse(
          kernels,
          "cannot be loaded: ",
          new IllegalStateException(
              String.valueOf(e.getMessage()).replace(path, kernels.toString()), e));
    } catch (Error e) {
      weights.close();
      throw e;
    }
    var functions = new LinkedHashMap<String, Function>();
    var backend =
        new TvmBackend(config, target.device(), target.rowTile(), module, functions, weights);
    try {
      for (String name : KernelNames.of(config)) {
        functions.put(name, module.getFunction(name));
      }
      backend.tryOut();
      return backend;
    } catch (RuntimeException e) {
      backend.close();
      throw refuse(kernels, "does not hold this model's kernels: ", e);
    } catch (Error e) {
      backend.close();
      throw e;
    }
  }

  /**
   * Runs one token through the model, because kernels check their arguments' shapes when called,
   * and a device's driver compiles each when it is first called.
   */
  private void tryOut() {
    try (LayerKernels kernels = kernels(1, 1)) {
      float[] logits = new float[config.classes()];
      kernels.start(List.of(EncodedText.of(0)));
      for (int depth = 1; depth <= config.layers(); depth++) {
        kernels.layer(depth);
        kernels.exit(depth, logits);
      }
      kernels.keep(new int[] {0}, 1);
    }
  }

  private static ModelFormatException refuse(Path kernels, String what, RuntimeException cause) {
    String why = CApi.withoutStack(String.valueOf(cause.getMessage()));
    return new ModelFormatException(kernels, what + why, cause);
  }

  @Override
  public LayerKernels kernels(int maxTokens, int maxSequences) {
    return new TvmKernels(config, device, rowTile, functions, weights, maxTokens, maxSequences);
  }

  /* A device's rows would cross the bus twice, and its batches are large enough without. */
  @Override
  public boolean parks() {
    return device == Device.CPU;
  }

  @Override
  public void close() {
    functions.values().forEach(Function::release);
    module.release();
    weights.close();
  }
}
