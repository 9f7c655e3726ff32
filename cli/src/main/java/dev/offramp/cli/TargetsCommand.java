package dev.offramp.cli;

import dev.offramp.compiler.target.CpuLevel;
import dev.offramp.compiler.target.OpenClTarget;
import dev.offramp.model.artifact.Precision;
import dev.offramp.server.natives.OpenClDevice;
import dev.offramp.server.registry.Host;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code offramp targets}: what can be compiled for, and what of it runs here. */
@Command(
    name = "targets",
    description = {
      "Lists what checkpoints can be compiled for, and what of it this host runs.",
      "All can be compiled anywhere; 'native' is the last CPU that this host runs."
    },
    footer = {"", "Example:", "  offramp compile mine --out mine.offramp --target cascadelake"})
final class TargetsCommand implements Callable<Integer> {
  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  /**
   * A target, as this host sees it.
   *
   * @param missing what the host lacks for it
   * @param device the OpenCL device, null for CPUs and where there is none
   */
  record Row(
      String name,
      List<String> precisions,
      boolean runs,
      List<String> missing,
      @Nullable String device) {}

  @Override
  public Integer call() throws IOException {
    List<Row> rows = rows(Host.local());
    PrintWriter out = spec.commandLine().getOut();
    out.print(table(rows));
    out.flush();
    var all = new LinkedHashMap<String, Object>();
    all.put("targets", rows);
    all.put("host", dev.offramp.cli.Host.describe());
    json.write(all);
    return 0;
  }

  /** All targets, for a host. */
  static List<Row> rows(Host host) {
    var rows = new ArrayList<Row>();
    for (CpuLevel level : CpuLevel.values()) {
      boolean kind = level.triple().startsWith(host.architecture() + "-");
      List<String> missing =
          kind
              ? level.requires().stream().filter(f -> !host.features().contains(f)).toList()
              : List.of("a CPU of " + level.triple().substring(0, level.triple().indexOf('-')));
      rows.add(
          new Row(
              level.id(),
              level.precisions().stream().map(Precision::id).toList(),
              missing.isEmpty(),
              missing,
              null));
    }
    // OpenCL is looked for on every machine that kernels' host part runs on.
    Optional<OpenClDevice> device = host.openCl().get();
    boolean runs = device.isPresent() && OpenClTarget.TRIPLE.startsWith(host.architecture() + "-");
    rows.add(
        new Row(
            OpenClTarget.NAME,
            OpenClTarget.PRECISIONS.stream().map(Precision::id).toList(),
            runs,
            runs ? List.of() : List.of("an OpenCL driver with a device"),
            device.map(found -> (found.isGpu() ? "GPU " : "CPU ") + found.name()).orElse(null)));
    return rows;
  }

  private static String table(List<Row> rows) {
    String last =
        rows.stream()
            .filter(row -> row.runs() && row.device() == null)
            .map(Row::name)
            .reduce((a, b) -> b)
            .orElse("none");
    var table = new TextTable("target", "precisions", "this host");
    for (Row row : rows) {
      String how = row.device() != null ? " on the " + row.device() : "";
      String verdict =
          row.runs()
              ? "runs it" + how + (row.name().equals(last) ? "; native" : "")
              : "lacks " + shorten(row.missing());
      table.row(row.name(), String.join(" ", row.precisions()), verdict);
    }
    return table.render();
  }

  private static String shorten(List<String> missing) {
    int most = 4;
    String some = missing.stream().limit(most).collect(Collectors.joining(" "));
    return missing.size() > most ? some + " and " + (missing.size() - most) + " more" : some;
  }
}
