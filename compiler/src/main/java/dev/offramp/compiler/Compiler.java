package dev.offramp.compiler;

import dev.offramp.compiler.check.KernelMismatchException;
import dev.offramp.compiler.check.SelfCheck;
import dev.offramp.compiler.kernel.KernelSet;
import dev.offramp.compiler.kernel.Schedules;
import dev.offramp.compiler.opencl.OpenClKernels;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.compiler.target.OpenClTarget;
import dev.offramp.compiler.target.Target;
import dev.offramp.compiler.tune.Tuner;
import dev.offramp.compiler.tune.TuningRecords;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.compiler.tvm.SharedLibraryLinker;
import dev.offramp.compiler.tvm.Tvm;
import dev.offramp.compiler.tvm.TvmDevice;
import dev.offramp.compiler.tvm.TvmException;
import dev.offramp.compiler.tvm.TvmUnavailableException;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.ArtifactWriter;
import dev.offramp.model.artifact.Device;
import dev.offramp.model.artifact.Manifest;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.HostTensor;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.SafetensorsWriter;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.tier.Calibration;
import dev.offramp.model.tier.Certificate;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * Compiles checkpoints.
 *
 * <p>The kernels depend on the model's shape only and take weights as arguments, so one set serves
 * all layers: compiling takes seconds, whatever the number of layers.
 */
public final class Compiler {
  private static final Logger log = LogManager.getLogger(Compiler.class);
  private static final int STEPS_OF_TARGET = 5;

  private final Path source;
  private final CompilerSettings settings;
  private final CompileListener listener;
  private final Map<String, String> weightFiles = new HashMap<>();
  private final int steps;
  private int step;

  private Compiler(Path source, CompilerSettings settings, CompileListener listener) {
    this.source = source;
    this.settings = settings;
    this.listener = listener;
    this.steps = 2 + STEPS_OF_TARGET * settings.targets().size();
  }

  /**
   * Compiles a checkpoint into an artifact, and checks its kernels before it is put in place.
   *
   * @param checkpoint the directory of a complete checkpoint
   * @param artifact the directory to make; an artifact that is there is replaced in one step, and
   *     stays as it is if anything fails
   * @throws ModelFormatException if the checkpoint is missing, damaged or incomplete
   * @throws IllegalArgumentException if the kernels cannot take the model's shape
   * @throws TvmUnavailableException if TVM does not run on this machine
   * @throws TvmException if TVM refuses a kernel
   * @throws KernelMismatchException if a compiled kernel computes nonsense
   * @throws IOException if a file cannot be written, or linking fails
   */
  public static Artifact compile(
      Path checkpoint, Path artifact, CompilerSettings settings, CompileListener listener)
      throws IOException {
    return new Compiler(checkpoint, settings, listener).compile(artifact);
  }

  private Artifact compile(Path artifact) throws IOException {
    begin("read " + source.getFileName());
    Checkpoint checkpoint = Checkpoint.read(source);
    Tiers tiers = Tiers.read(source);
    requireOwnTiers(tiers);
    try (var writer = ArtifactWriter.create(artifact)) {
      writer.copyTokenizer(source);
      List<TargetEntry> entries = new ArrayList<>();
      for (Target target : settings.targets()) {
        entries.add(compile(checkpoint, target, writer));
      }
      begin("put " + artifact.getFileName() + " in place");
      writer.seal(
          new Manifest(
              settings.name(), Checkpoint.version(source), checkpoint.config(), tiers, entries));
      return writer.finish();
    }
  }

  /**
   * A promise about other weights is none, and thresholds of another model's signals are for
   * nothing: they must not reach those who would rely on them.
   */
  private void requireOwnTiers(Tiers tiers) throws IOException {
    String own = Checkpoint.sha256(source);
    Calibration calibration = tiers.calibration();
    if (calibration != null && !own.startsWith(calibration.checkpointVersion())) {
      throw new ModelFormatException(
          source.resolve(Tiers.FILE),
          "was calibrated for the checkpoint %s (expected: this one, %s). Calibrate it again."
              .formatted(calibration.checkpointVersion(), Checkpoint.version(source)));
    }
    for (Tier tier : tiers.tiers()) {
      String other = tier.certificate().map(Certificate::checkpointSha256).orElse(own);
      if (!other.equals(own)) {
        throw new ModelFormatException(
            source.resolve(Tiers.FILE),
            "the certificate of tier %s is about the checkpoint %s (expected: this one, %s). Calibrate it again."
                .formatted(tier.name(), other, own));
      }
    }
  }

  private TargetEntry compile(Checkpoint checkpoint, Target target, ArtifactWriter writer)
      throws IOException {
    return switch (target) {
      case CpuTarget cpu -> compile(checkpoint, cpu, writer);
      case OpenClTarget device -> compile(checkpoint, device, writer);
    };
  }

  private TargetEntry compile(Checkpoint checkpoint, CpuTarget target, ArtifactWriter writer)
      throws IOException {
    begin("choose schedules for " + target.id());
    var kernels = KernelSet.of(checkpoint.config(), target, schedules(checkpoint.config(), target));
    String kernelFile = "targets/" + target.id() + "/kernels.so";
    Path library = writer.file(kernelFile);

    begin("compile kernels for " + target.id());
    Path object = library.resolveSibling("kernels.o");
    try (var scope = ReferenceScope.open()) {
      kernels.compile(scope).saveObject(object);
    }
    begin("link kernels for " + target.id());
    SharedLibraryLinker.link(object, library);
    Files.delete(object);

    begin("pack weights for " + target.id());
    var packed = PackedWeights.of(checkpoint, kernels);
    String weightFile = weights(target, kernels.layout(), packed, writer);

    begin("check kernels for " + target.id());
    int rowTile = kernels.schedules().rowTile();
    if (HostCpu.detect().runs(target)) {
      SelfCheck.run(library, checkpoint, packed, target.precision(), rowTile);
    } else {
      log.warn("This machine cannot run {}: its kernels are written unchecked", target.id());
    }
    return new TargetEntry(
        target.id(),
        Device.CPU,
        target.level().triple(),
        target.level().cpu(),
        target.level().requires(),
        target.precision(),
        kernelFile,
        weightFile,
        rowTile,
        Tvm.VERSION);
  }

  private TargetEntry compile(Checkpoint checkpoint, OpenClTarget target, ArtifactWriter writer)
      throws IOException {
    begin("choose kernels for " + target.id());
    var kernels = OpenClKernels.of(checkpoint.config(), target);
    String kernelFile = "targets/" + target.id() + "/kernels.so";
    Path library = writer.file(kernelFile);

    begin("compile kernels for " + target.id());
    List<Path> objects = kernels.compile(library);
    begin("link kernels for " + target.id());
    SharedLibraryLinker.link(objects, library);
    for (Path object : objects) {
      Files.delete(object);
    }

    begin("pack weights for " + target.id());
    var packed =
        PackedWeights.of(
            checkpoint, (kernel, prefix, weight, bias) -> kernels.pack(prefix, weight, bias));
    String weightFile = weights(target, kernels.layout(), packed, writer);

    begin("check kernels for " + target.id());
    if (TvmDevice.OPENCL.exists()) {
      SelfCheck.run(library, TvmDevice.OPENCL, checkpoint, packed, target.precision(), 1);
    } else {
      log.warn(
          "This machine has no OpenCL device: the kernels of {} are written unchecked",
          target.id());
    }
    return new TargetEntry(
        target.id(),
        Device.OPENCL,
        OpenClTarget.TRIPLE,
        OpenClTarget.CPU,
        List.of(),
        target.precision(),
        kernelFile,
        weightFile,
        1,
        Tvm.VERSION);
  }

  /** Writes weights unless a target before has the same; returns where they are. */
  private String weights(
      Target target, String layout, SequencedMap<String, HostTensor> packed, ArtifactWriter writer)
      throws IOException {
    String file = weightFiles.get(layout);
    if (file == null) {
      file = "weights/" + target.id() + ".safetensors";
      SafetensorsWriter.write(writer.file(file), packed, Map.of("layout", layout));
      weightFiles.put(layout, file);
    }
    return file;
  }

  /** What is on record, or what a search finds in this target's share of the time. */
  private Schedules schedules(ModelConfig config, CpuTarget target) throws IOException {
    TuningRecords records = TuningRecords.open(settings.tuning().records());
    if (settings.tuning().time().isZero()) {
      return Tuner.recorded(config, target, records);
    }
    if (!HostCpu.detect().runs(target)) {
      log.warn("This machine cannot run {}: it is not tuned", target.id());
      return Tuner.recorded(config, target, records);
    }
    long runnable =
        settings.targets().stream()
            .filter(other -> other instanceof CpuTarget cpu && HostCpu.detect().runs(cpu))
            .count();
    return new Tuner(config, records, listener::tuned)
        .tune(target, settings.tuning().time().dividedBy(runnable));
  }

  private void begin(String what) {
    step++;
    log.debug("step {} of {}: {}", step, steps, what);
    listener.step(step, steps, what);
  }
}
