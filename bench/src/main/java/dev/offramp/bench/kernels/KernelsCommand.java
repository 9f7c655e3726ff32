package dev.offramp.bench.kernels;

import dev.offramp.bench.onednn.OneDnn;
import dev.offramp.cli.Host;
import dev.offramp.cli.JsonFileOption;
import dev.offramp.cli.Progress;
import dev.offramp.cli.Usage;
import dev.offramp.compiler.target.CpuLevel;
import dev.offramp.compiler.target.CpuTarget;
import dev.offramp.compiler.target.HostCpu;
import dev.offramp.compiler.tune.Peak;
import dev.offramp.compiler.tune.TuningRecords;
import dev.offramp.compiler.tvm.ReferenceScope;
import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.Precision;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code offramp bench kernels}: every kernel against the peak of the core, and oneDNN. */
@Command(
    name = "kernels",
    description = {
      "Measures every kernel of BERT-base by itself, on one core: operations a second, the share of"
          + " the peak that a loop on registers alone reaches in the same round, and the distance"
          + " from plain Java. Products are also measured against oneDNN.",
      "About two minutes; leave the machine alone meanwhile."
    })
public final class KernelsCommand implements Callable<Integer> {
  private static final long SEED = 1;
  private static final int BANDWIDTH_ROUNDS = 9;

  /** A block that second-level caches hold, and one that no cache does. */
  private static final long CACHED_BYTES = 512L << 10;

  private static final long MEMORY_BYTES = 512L << 20;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      split = ",",
      defaultValue = "96,256,1024",
      description = "Tokens of a batch; from 1,024 on in sequences of 128, below of 32.")
  private List<Integer> tokens = List.of();

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      split = ",",
      showDefaultValue = Visibility.NEVER,
      description = "Which precisions to measure (default: all that this CPU has).")
  private List<String> precisions = List.of();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "15",
      description = "Rounds a kernel; reported are medians over rounds.")
  private int rounds;

  @Option(
      names = "--records",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = {
        "Where schedules are kept that compile --tune-seconds found",
        "(default: .offramp/tuning.jsonl in Offramp's directory, as for compile)."
      })
  private @Nullable Path records;

  @Option(names = "--no-onednn", description = "Do not measure products by oneDNN too.")
  private boolean withoutOneDnn;

  @Option(names = "--markdown", description = "Print the tables in Markdown.")
  private boolean markdown;

  @Option(
      names = "--picture",
      paramLabel = "FILE",
      description = "Also draw the roofline of the largest batch as a PNG.")
  private @Nullable Path picture;

  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  /** For picocli. */
  public KernelsCommand() {}

  @Override
  public Integer call() throws IOException {
    List<TokenBatch> batches = Usage.of(spec, this::batches);
    CpuLevel level = HostCpu.detect().bestLevel();
    var plan = new Plan(batches, Usage.of(spec, () -> precisions(level)));
    PrintWriter out = spec.commandLine().getOut();
    if (!markdown) {
      Host.describe().forEach((name, value) -> out.printf("%-8s %s%n", name, value));
      out.printf("target   %s%n", level.id());
    }
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    if (load > 1 && !markdown) {
      out.printf(Locale.ROOT, "load     %.1f: other work runs here%n", load);
    }
    out.flush();
    KernelsReport report;
    try (OneDnn oneDnn = withoutOneDnn ? null : OneDnn.start(OneDnn.library(home()))) {
      report = measure(plan, level, oneDnn);
    }
    out.println();
    out.print(markdown ? report.markdown() : report.table());
    out.flush();
    json.write(report.json());
    if (picture != null) {
      RooflinePicture.of(report).write(picture);
      out.printf("%nPicture: %s%n", picture);
    }
    return 0;
  }

  private static Path home() {
    return Path.of(System.getProperty("offramp.home", "."));
  }

  private Path recordFile() {
    return records != null ? records : home().resolve(Path.of(".offramp", "tuning.jsonl"));
  }

  private record Plan(List<TokenBatch> batches, List<Precision> precisions) {}

  private List<TokenBatch> batches() {
    if (rounds < 1) {
      throw new IllegalArgumentException("--rounds: " + rounds + " (expected: >= 1)");
    }
    if (tokens.stream().distinct().count() < tokens.size()) {
      throw new IllegalArgumentException("--tokens: " + tokens + " (expected: each once)");
    }
    precisions.forEach(Precision::ofId);
    return tokens.stream().map(TokenBatch::of).toList();
  }

  private List<Precision> precisions(CpuLevel level) {
    var chosen =
        precisions.isEmpty()
            ? level.precisions()
            : precisions.stream().map(Precision::ofId).distinct().toList();
    for (Precision precision : chosen) {
      if (!level.precisions().contains(precision)) {
        throw new IllegalArgumentException(
            "--precision: %s (expected: one of %s, which this CPU, %s, has instructions for)"
                .formatted(precision, level.precisions(), level.id()));
      }
    }
    return chosen;
  }

  private KernelsReport measure(Plan plan, CpuLevel level, @Nullable OneDnn oneDnn)
      throws IOException {
    long steps = (long) plan.batches().size() * plan.precisions().size() * KernelNames.ALL.size();
    var results = new ArrayList<KernelResult>();
    var bandwidths = new LinkedHashMap<String, Double>();
    Map<Precision, Double> peaks;
    try (ProgressBar bar = Progress.bar("Measuring", steps);
        var scope = ReferenceScope.open()) {
      var loops = new EnumMap<Precision, Peak>(Precision.class);
      level
          .precisions()
          .forEach(
              precision -> loops.put(precision, Peak.of(scope, new CpuTarget(level, precision))));
      var meter = new KernelMeter(loops, oneDnn, rounds);
      var reading = ReadBandwidth.of(scope, level);
      bandwidths.put("cache", reading.measure(CACHED_BYTES, BANDWIDTH_ROUNDS));
      bandwidths.put("memory", reading.measure(MEMORY_BYTES, BANDWIDTH_ROUNDS));
      TuningRecords tuning = TuningRecords.open(recordFile());
      var model = new KernelModel(KernelModel.BERT_BASE, SEED);
      for (Precision precision : plan.precisions()) {
        try (var kernels = KernelCases.compile(model, new CpuTarget(level, precision), tuning)) {
          for (TokenBatch batch : plan.batches()) {
            try (var own = ReferenceScope.open()) {
              for (KernelCase kernel : kernels.on(batch, SEED + batch.tokens(), own)) {
                bar.setExtraMessage(kernel.name() + " " + precision + " " + batch.tokens());
                results.add(meter.measure(kernel, precision, batch));
                bar.step();
              }
            }
          }
        }
      }
      peaks = meter.peaks();
    }
    return new KernelsReport(
        level.id(), peaks, bandwidths, oneDnn == null ? "" : oneDnn.version(), results);
  }
}
