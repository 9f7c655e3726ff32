package dev.offramp.cli;

import dev.offramp.compiler.Compiler;
import dev.offramp.compiler.CompilerSettings;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.TargetEntry;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code offramp compile}: a checkpoint becomes an artifact for this CPU. */
@Command(
    name = "compile",
    description = {
      "Compiles a checkpoint into an artifact of kernels for this machine's CPU.",
      "The kernels are checked before the artifact is put in place; a failure leaves what was there."
    },
    footer = {"", "Example:", "  offramp compile mine --out mine.offramp"})
final class CompileCommand implements Callable<Integer> {
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
      paramLabel = "ID",
      showDefaultValue = Visibility.NEVER,
      description = {
        "A target to compile for, may be repeated: ${COMPLETION-CANDIDATES}.",
        "Default: the best one that this machine runs. A server picks the best of its host."
      },
      completionCandidates = TargetIds.class)
  private List<String> targets = List.of();

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    long start = System.nanoTime();
    Artifact artifact =
        Compiler.compile(
            checkpoint,
            out,
            Usage.of(spec, this::settings),
            (step, steps, what) -> {
              print.printf("[%d/%d] %s%n", step, steps, what);
              print.flush();
            });
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
    return targets.isEmpty()
        ? CompilerSettings.forThisHost(modelName())
        : new CompilerSettings(modelName(), targets.stream().map(CpuTarget::ofId).toList());
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

  static final class TargetIds implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(CpuTarget.values()).map(CpuTarget::id).iterator();
    }
  }
}
