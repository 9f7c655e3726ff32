package dev.offramp.cli;

import dev.offramp.client.ModelAdmin;
import dev.offramp.client.ModelInfo;
import dev.offramp.client.ModelVersion;
import dev.offramp.client.OfframpClient;
import dev.offramp.client.UnavailableException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * {@code offramp models}: the versions that a running server has, and the labels that point at
 * them. Every subcommand but one ends in the table of what is served then.
 */
@Command(
    name = "models",
    description = {
      "Lists and changes the versions of models that a running server has.",
      "Changes need a server that allows them: offramp serve --model-root DIR."
    },
    footer = {
      "",
      "Examples:",
      "  offramp models list",
      "  offramp models load mine-2.offramp --label candidate",
      "  offramp models label sst2 @candidate stable"
    })
final class ModelsCommand implements Runnable {
  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      defaultValue = "localhost:7070",
      scope = ScopeType.INHERIT,
      description = "The server to ask.")
  private String server;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "models: what to do is missing (expected: list, tiers, load, unload, label or unlabel)");
  }

  @Command(name = "list", description = "Lists all versions, those that are leaving among them.")
  int list(@Mixin JsonFileOption json) throws IOException {
    return change(json, admin -> "");
  }

  @Command(
      name = "load",
      description = {
        "Loads an artifact; it is served once it is warm.",
        "Of the same name and version, the one served is replaced."
      })
  int load(
      @Parameters(
              paramLabel = "PATH",
              description = "A directory on the server's machine, below its --model-root.")
          String path,
      @Option(
              names = "--label",
              paramLabel = "LABEL",
              defaultValue = "",
              description = "Point this label at it from its first moment on.")
          String label,
      @Mixin JsonFileOption json)
      throws IOException {
    return change(json, admin -> "Serving " + text(admin.load(path, label)));
  }

  @Command(
      name = "unload",
      description = "Stops serving a version; requests on their way through it end there.")
  int unload(
      @Parameters(paramLabel = "NAME", description = "The model.") String name,
      @Parameters(paramLabel = "VERSION", description = "A version, or @LABEL.") String version,
      @Option(names = "--force", description = "Even where labels point at it: they go too.")
          boolean force,
      @Mixin JsonFileOption json)
      throws IOException {
    return change(
        json,
        admin -> {
          admin.unload(name, version, force);
          return "Unloaded " + name + "@" + version;
        });
  }

  @Command(
      name = "label",
      description = "Points a label at a version; @LABEL for VERSION promotes what that one has.")
  int label(
      @Parameters(paramLabel = "NAME", description = "The model.") String name,
      @Parameters(paramLabel = "VERSION", description = "A version, or @LABEL.") String version,
      @Parameters(paramLabel = "LABEL", description = "The label, such as stable.") String label,
      @Mixin JsonFileOption json)
      throws IOException {
    return change(json, admin -> label + " points at " + text(admin.label(name, version, label)));
  }

  @Command(name = "unlabel", description = "Removes a label; its version stays.")
  int unlabel(
      @Parameters(paramLabel = "NAME", description = "The model.") String name,
      @Parameters(paramLabel = "LABEL", description = "The label, such as candidate.") String label,
      @Mixin JsonFileOption json)
      throws IOException {
    return change(
        json,
        admin -> {
          admin.unlabel(name, label);
          return label + " is gone";
        });
  }

  /** A tier of a served version, and what audits found of it. */
  record AuditedTier(String model, String version, ModelInfo.TierInfo tier) {}

  @Command(
      name = "tiers",
      description = {
        "Lists the tiers of what is served, and how often each disagrees with the full model on live traffic:",
        "audits are answered texts that the server ran to full depth afterwards (serve --audit-share)."
      })
  int tiers(@Mixin JsonFileOption json) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (OfframpClient client = Usage.of(spec, () -> OfframpClient.connect(server))) {
      List<AuditedTier> tiers =
          client.models().stream()
              .flatMap(model ->
                  model.tiers().stream()
                      .map(tier -> new AuditedTier(model.name(), model.version(), tier)))
              .toList();
      out.print(tierTable(tiers));
      out.flush();
      json.write(Map.of("tiers", tiers));
    } catch (UnavailableException e) {
      throw unavailable(e);
    }
    return 0;
  }

  private static String tierTable(List<AuditedTier> tiers) {
    var table =
        new TextTable(
            "model",
            "version",
            "tier",
            "speed-up",
            "certified, %",
            "audits",
            "disagreement, %",
            "alarm");
    for (AuditedTier row : tiers) {
      ModelInfo.TierInfo tier = row.tier();
      ModelInfo.Audits audits = tier.audits();
      table.row(
          row.model(),
          row.version(),
          tier.tier().name(),
          String.format(Locale.ROOT, "%.2f", tier.layerSpeedup()),
          tier.certificate()
              .filter(ModelInfo.Certificate::holds)
              .map(certificate -> String.format(Locale.ROOT, "%.3g", 100 * certificate.eps()))
              .orElse("-"),
          Long.toString(audits.count()),
          audits.count() == 0
              ? "-"
              : String.format(
                  Locale.ROOT,
                  "%.3g (%.3g to %.3g)",
                  100.0 * audits.disagreements() / audits.count(),
                  100 * audits.lower(),
                  100 * audits.upper()),
          alarm(audits));
    }
    return table.render();
  }

  private static String alarm(ModelInfo.Audits audits) {
    if (!audits.driftAlarm()) {
      return "-";
    }
    return "drift" + audits.servedAs().map(tier -> ", served as " + tier.name()).orElse("");
  }

  /** Does something, says so, and shows what is served then. */
  private int change(JsonFileOption json, Function<ModelAdmin, String> what) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    try (ModelAdmin admin = Usage.of(spec, () -> ModelAdmin.connect(server))) {
      String done = what.apply(admin);
      if (!done.isEmpty()) {
        out.println(done);
      }
      List<ModelVersion> models = admin.list();
      out.print(table(models));
      out.flush();
      json.write(Map.of("models", models));
    } catch (UnavailableException e) {
      throw unavailable(e);
    }
    return 0;
  }

  private static CommandFailedException unavailable(UnavailableException e) {
    return new CommandFailedException(
        e.getMessage()
            + ". Start a server with: offramp serve ARTIFACT, or name another with --server.");
  }

  private static String text(ModelVersion model) {
    return model.name() + "@" + model.version();
  }

  static String table(List<ModelVersion> models) {
    var table = new TextTable("model", "version", "labels", "state", "target", "path");
    for (ModelVersion model : models) {
      table.row(
          model.name(),
          model.version(),
          (String.join(" ", model.labels()) + (model.isDefault() ? " (default)" : "")).strip(),
          model.state().name().toLowerCase(Locale.ROOT),
          model.target(),
          model.path());
    }
    return table.render();
  }
}
