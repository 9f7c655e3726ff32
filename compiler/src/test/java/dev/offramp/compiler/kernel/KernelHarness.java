package dev.offramp.compiler.kernel;

import dev.offramp.compiler.check.KernelLibrary;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.SharedLibraryLinker;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Kernels of a shape, compiled and linked as for an artifact, and random arguments for them. */
final class KernelHarness implements AutoCloseable {
  final ModelConfig config;
  final CpuTarget target;
  final KernelSet kernels;
  final KernelLibrary library;
  final Random random;

  private KernelHarness(ModelConfig config, CpuTarget target, Path directory, long seed)
      throws IOException {
    this.config = config;
    this.target = target;
    this.kernels = KernelSet.of(config, target);
    this.random = new Random(seed);
    Path object = directory.resolve(target + "-" + config.hiddenSize() + ".o");
    Path linked = directory.resolve(target + "-" + config.hiddenSize() + ".so");
    try (var scope = ReferenceScope.open()) {
      kernels.compile(scope).saveObject(object);
    }
    SharedLibraryLinker.link(object, linked);
    this.library = KernelLibrary.load(linked);
  }

  static KernelHarness of(ModelConfig config, CpuTarget target, Path directory, long seed)
      throws IOException {
    return new KernelHarness(config, target, directory, seed);
  }

  /** The targets that this machine runs. */
  static Stream<CpuTarget> targets() {
    return CpuTarget.all().stream().filter(HostCpu.detect()::runs);
  }

  /** The best level of this machine, in float32. */
  static CpuTarget bestTarget() {
    return new CpuTarget(HostCpu.detect().bestLevel(), Precision.FLOAT32);
  }

  /** A product's tensors as the kernels take them. */
  List<Object> packed(GemmSchedule schedule, Tensor weight, Tensor bias) {
    return List.copyOf(kernels.packing(schedule).pack("p", weight, bias).values());
  }

  /** Everything in one list of arguments; lists are laid out. */
  float[] call(String kernel, int rows, int width, Object... arguments) {
    var flat = new ArrayList<Object>();
    for (Object argument : arguments) {
      if (argument instanceof List<?> several) {
        flat.addAll(several);
      } else {
        flat.add(argument);
      }
    }
    return library.call(kernel, rows, width, flat);
  }

  /** A ragged batch: token counts of its sequences. */
  static int[] offsets(int... lengths) {
    var offsets = new int[lengths.length + 1];
    for (int s = 0; s < lengths.length; s++) {
      offsets[s + 1] = offsets[s] + lengths[s];
    }
    return offsets;
  }

  /** Random lengths, with a taste for those around tile and vector boundaries. */
  int[] randomLengths(int sequences) {
    int[] tempting = {1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, config.maxPositions()};
    int[] lengths = new int[sequences];
    for (int s = 0; s < sequences; s++) {
      lengths[s] =
          random.nextBoolean()
              ? tempting[random.nextInt(tempting.length)]
              : 1 + random.nextInt(config.maxPositions());
      lengths[s] = Math.min(lengths[s], config.maxPositions());
    }
    return lengths;
  }

  /** A capacity that holds the tokens, and sometimes more. */
  int capacity(int tokens) {
    return tokens + kernels.schedules().rowTile() - 1 + random.nextInt(3);
  }

  Tensor randomTensor(double scale, int... shape) {
    var extents = new ArrayList<Integer>();
    int size = 1;
    for (int extent : shape) {
      extents.add(extent);
      size *= extent;
    }
    var values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return new Tensor(extents, values);
  }

  int[] randomIds(int count, int limit) {
    return random.ints(count, 0, limit).toArray();
  }

  @Override
  public void close() {
    library.close();
  }
}
