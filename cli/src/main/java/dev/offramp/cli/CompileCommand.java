package dev.offramp.cli;

import dev.offramp.compiler.Compiler;
import dev.offramp.compiler.CompilerSettings;
import dev.offramp.compiler.CompilerSettings.Tuning;
import dev.offramp.compiler.target.CpuLevel;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.compiler.target.OpenClTarget;
import dev.offramp.compiler.target.Target;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.artifact.TargetEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code offramp compile}: a checkpoint becomes an artifact. */
@Command(
    name = "compile",
    description = {
      "Compiles a checkpoint into an artifact of kernels for CPUs and OpenCL devices.",
      "The kernels are checked before the artifact is put in place; a failure leaves what was there."
    },
    footer = {"", "Example:", "  offramp compile mine --out mine.offramp"})
final class CompileCommand implements Callable<Integer> {
  private static final String NATIVE = "native";

  @Parameters(paramLabel = "CHECKPOINT", description = "The checkpoint's directory.")
  private Path checkpoint;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The artifact to make or replace.")
  private Path out;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      showDefaultValue = Visibility.NEVER,
      description = "The model's name, which requests use (default: the checkpoint's directory).")
  private @Nullable String name;

  @Option(
      names = "--target",
      paramLabel = "NAME",
      showDefaultValue = Visibility.NEVER,
      description = {
        "What to compile for, may be repeated: ${COMPLETION-CANDIDATES}.",
        "Default: native, the best one that this machine runs. A server picks the best of its host."
      },
      completionCandidates = TargetNames.class)
  private List<String> targets = List.of(NATIVE);

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      showDefaultValue = Visibility.NEVER,
      description = {
        "What products multiply, may be repeated: float32, bf16, int8, and float16 for opencl",
        "(default: float32).",
        "A target is compiled for those of them that it has."
      })
  private List<String> precisions = List.of(Precision.FLOAT32.id());

  @Option(
      names = "--tune-seconds",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "Search for faster schedules for at most so long; 0: take what is on record.",
        "300 are plenty for a BERT-base. Ctrl-C keeps what was found."
      })
  private long tuneSeconds;

  @Option(
      names = "--records",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = {
        "Where schedules are kept, JSON lines, read and added to",
        "(default: .offramp/tuning.jsonl in Offramp's directory)."
      })
  private @Nullable Path records;

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    long start = System.nanoTime();
    Artifact artifact =
        Compiler.compile(checkpoint, out, Usage.of(spec, this::settings), new CompileReport(print));
    double seconds = (System.nanoTime() - start) / 1e9;
    print.printf(
        "Artifact: %s, model %s %s, %.1f s%n",
        out, artifact.manifest().name(), artifact.manifest().version(), seconds);
    print.printf("Next: offramp serve %s%n", out);
    print.flush();
    json.write(numbers(artifact, seconds));
    return 0;
  }

  private CompilerSettings settings() {
    String model = modelName();
    CompilerSettings.requireName(model); // Before anything of TVM is loaded.
    List<Target> all = targets();
    if (tuneSeconds < 0) {
      throw new IllegalArgumentException("--tune-seconds: " + tuneSeconds + " (expected: >= 0)");
    }
    Path file =
        records != null
            ? records
            : Path.of(System.getProperty("offramp.home", "."), ".offramp", "tuning.jsonl");
    return new CompilerSettings(model, all, new Tuning(file, Duration.ofSeconds(tuneSeconds)));
  }

  /**
   * Every machine asked for in every precision asked for that it has. One that would be left out
   * altogether, machine or precision, is refused.
   */
  private List<Target> targets() {
    List<Precision> asked = precisions.stream().map(Precision::ofId).distinct().toList();
    var unused = EnumSet.copyOf(asked);
    var all = new LinkedHashSet<Target>();
    for (String name : targets) {
      requireKnown(name);
      List<Precision> known = asked.stream().filter(precisionsOf(name)::contains).toList();
      unused.removeAll(known);
      // With none of them, the target says what is wrong with the first.
      (known.isEmpty() ? asked : known).forEach(precision -> all.add(target(name, precision)));
    }
    if (!unused.isEmpty()) {
      target(targets.getFirst(), unused.iterator().next());
    }
    return List.copyOf(all);
  }

  private static void requireKnown(String target) {
    List<String> known = new ArrayList<>();
    new TargetNames().forEach(known::add);
    if (!known.contains(target)) {
      throw new IllegalArgumentException(
          "target: %s (expected: one of %s)".formatted(target, known));
    }
  }

  private static List<Precision> precisionsOf(String target) {
    return target.equals(OpenClTarget.NAME) ? OpenClTarget.PRECISIONS : level(target).precisions();
  }

  private static Target target(String name, Precision precision) {
    return name.equals(OpenClTarget.NAME)
        ? new OpenClTarget(precision)
        : new CpuTarget(level(name), precision);
  }

  private static CpuLevel level(String name) {
    return name.equals(NATIVE) ? HostCpu.detect().bestLevel() : CpuLevel.ofId(name);
  }

  private String modelName() {
    return name == null ? checkpoint.toAbsolutePath().normalize().getFileName().toString() : name;
  }

  private static Map<String, Object> numbers(Artifact artifact, double seconds) {
    var json = new LinkedHashMap<String, Object>();
    json.put("name", artifact.manifest().name());
    json.put("version", artifact.manifest().version());
    json.put("targets", artifact.manifest().targets().stream().map(TargetEntry::id).toList());
    json.put("seconds", seconds);
    json.put("host", Host.describe());
    return json;
  }

  static final class TargetNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Stream.concat(
              Stream.concat(Stream.of(NATIVE), Arrays.stream(CpuLevel.values()).map(CpuLevel::id)),
              Stream.of(OpenClTarget.NAME))
          .iterator();
    }
  }
}
