package dev.offramp.cli;

import dev.offramp.client.ModelAdmin;
import dev.offramp.client.ModelVersion;
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
 * them. Every subcommand ends in the table of what is served then.
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
        "models: what to do is missing (expected: list, load, unload, label or unlabel)");
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
      throw new CommandFailedException(
          e.getMessage()
              + ". Start a server with: offramp serve ARTIFACT, or name another with --server.");
    }
    return 0;
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
