package dev.offramp.cli;

import dev.offramp.model.artifact.Precision;
import dev.offramp.model.io.AtomicFiles;
import dev.offramp.server.OfframpServer;
import dev.offramp.server.ServerSettings;
import dev.offramp.server.audit.AuditSettings;
import dev.offramp.server.audit.DriftPolicy;
import dev.offramp.server.cache.CacheSettings;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.registry.TargetWish;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code offramp serve}: artifacts behind gRPC until the process is told to stop. */
@Command(
    name = "serve",
    description = {
      "Serves artifacts over gRPC, until SIGTERM or Ctrl-C.",
      "Then it turns new calls away, says NOT_SERVING, and finishes those in flight."
    },
    footer = {
      "",
      "Examples:",
      "  offramp serve mine.offramp --port 7070",
      "  offramp serve --watch models"
    },
    exitCodeList = {
      "0:closed",
      "1:failed, for the reason printed",
      "2:wrong usage",
      "130, 143:drained and closed after Ctrl-C, SIGTERM"
    })
final class ServeCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..*",
      paramLabel = "ARTIFACT",
      showDefaultValue = Visibility.NEVER,
      description = "Directories that offramp compile made; at least one without --watch.")
  private List<Path> artifacts = List.of();

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      defaultValue = ServerSettings.DEFAULT_ADDRESS,
      description = "The address to listen on.")
  private String address;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "" + ServerSettings.DEFAULT_PORT,
      description = "The port to listen on; 0: any free one.")
  private int port;

  @Option(
      names = "--port-file",
      paramLabel = "FILE",
      showDefaultValue = Visibility.NEVER,
      description = "Write the port to FILE once the server is ready.")
  private @Nullable Path portFile;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      showDefaultValue = Visibility.NEVER,
      description =
          "Use targets of this precision: float32, bf16, int8 or float16 (default: the most exact).")
  private @Nullable String precision;

  @Option(
      names = "--target",
      paramLabel = "ID",
      showDefaultValue = Visibility.NEVER,
      description = "Use the target of this id (default: the best one that this host runs).")
  private @Nullable String target;

  @Option(
      names = "--workers",
      paramLabel = "N",
      showDefaultValue = Visibility.NEVER,
      description = "Threads that run kernels (default: one a core).")
  private @Nullable Integer workers;

  @Option(
      names = "--pin-workers",
      showDefaultValue = Visibility.NEVER,
      description = "Keep each worker on a CPU of its own, where the platform allows it.")
  private boolean pinWorkers;

  @Option(
      names = "--cache-bytes",
      paramLabel = "SIZE",
      converter = ByteSizeConverter.class,
      showDefaultValue = Visibility.NEVER,
      description = "Memory for traces of texts seen lately, about (default: 64MiB); 0: no cache.")
  private @Nullable Long cacheBytes;

  @Option(
      names = "--cache-row-bytes",
      paramLabel = "SIZE",
      converter = ByteSizeConverter.class,
      showDefaultValue = Visibility.NEVER,
      description =
          "Memory for what lets a stricter request go on where a bolder one left, about (default: 64MiB); 0: it begins anew.")
  private @Nullable Long cacheRowBytes;

  @Option(
      names = "--cache-ttl",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      showDefaultValue = Visibility.NEVER,
      description = "Forget a text so long after it was computed (default: only for want of room).")
  private @Nullable Duration cacheTimeToLive;

  @Option(
      names = "--max-wait",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      showDefaultValue = Visibility.NEVER,
      description =
          "Refuse a request with RESOURCE_EXHAUSTED if it is predicted to wait longer for a worker (default: 1s).")
  private @Nullable Duration maxWait;

  @Option(
      names = "--soft-wait",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      showDefaultValue = Visibility.NEVER,
      description =
          "From this predicted wait on, apply bolder tiers to requests that allow it (default: 250ms).")
  private @Nullable Duration softWait;

  @Option(
      names = "--batch-tokens",
      paramLabel = "N",
      showDefaultValue = Visibility.NEVER,
      description = "The most tokens that a worker takes at once (default: 512).")
  private @Nullable Integer batchTokens;

  @Option(
      names = "--batch-texts",
      paramLabel = "N",
      showDefaultValue = Visibility.NEVER,
      description = "The most texts that a worker takes at once (default: 64).")
  private @Nullable Integer batchTexts;

  @Option(
      names = "--drain-timeout",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      showDefaultValue = Visibility.NEVER,
      description =
          "How long calls in flight may take after SIGTERM (default: 30s). The process ends at most 10s"
              + " later, whatever hangs.")
  private @Nullable Duration drainTimeout;

  @Option(
      names = "--audit-share",
      paramLabel = "SHARE",
      defaultValue = "" + AuditSettings.DEFAULT_SHARE,
      description =
          "The share of answered requests that run on to full depth afterwards, when there is time, to see"
              + " how often tiers disagree with the full model; 0: none.")
  private double auditShare;

  @Option(
      names = "--on-drift",
      paramLabel = "POLICY",
      defaultValue = "warn",
      description = {
        "What to do about a tier whose certificate audits refute: warn, or move-back, which serves the",
        "boldest safer tier that has kept the promise in its place."
      })
  private String onDrift;

  @Mixin private RolloutOptions rollout = new RolloutOptions();

  @Mixin private StateOptions state = new StateOptions();

  @Mixin private AdminOptions admin = new AdminOptions();

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    OldGeneration.tend();
    try (OfframpServer server = OfframpServer.start(Usage.of(spec, this::settings))) {
      server.closeOnExit();
      PrintWriter out = spec.commandLine().getOut();
      out.println("Serving on port " + server.port());
      server.adminPort().ifPresent(opened -> out.println("Console on port " + opened));
      out.flush();
      if (server.adminPort().isPresent()) {
        admin.write(server.adminPort().getAsInt());
      }
      if (portFile != null) {
        AtomicFiles.write(portFile, (server.port() + "\n").getBytes(StandardCharsets.US_ASCII));
      }
      server.awaitClosed();
    }
    return 0;
  }

  private ServerSettings settings() {
    return new ServerSettings(
        artifacts,
        new TargetWish(target, precision == null ? null : Precision.ofId(precision)),
        address,
        port,
        engine(),
        pinWorkers,
        softWait == null ? ServerSettings.DEFAULT_SOFT_WAIT : softWait,
        cache(),
        drainTimeout == null ? ServerSettings.DEFAULT_DRAIN_TIMEOUT : drainTimeout,
        rollout.rollout(),
        state.settings(),
        auditShare,
        DriftPolicy.ofId(onDrift),
        admin.settings());
  }

  private EngineSettings engine() {
    BatchLimits batch = EngineSettings.DEFAULT_BATCH;
    return new EngineSettings(
        workers == null ? Runtime.getRuntime().availableProcessors() : workers,
        new BatchLimits(
            batchTokens == null ? batch.tokens() : batchTokens,
            batchTexts == null ? batch.sequences() : batchTexts),
        maxWait == null ? EngineSettings.DEFAULT_MAX_WAIT : maxWait);
  }

  private CacheSettings cache() {
    CacheSettings usual = CacheSettings.DEFAULT;
    return new CacheSettings(
        cacheBytes == null ? usual.traceBytes() : cacheBytes,
        cacheRowBytes == null ? usual.rowBytes() : cacheRowBytes,
        Optional.ofNullable(cacheTimeToLive));
  }
}
