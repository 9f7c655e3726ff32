package dev.offramp.cli;

import dev.offramp.compiler.target.CpuLevel;
import dev.offramp.model.artifact.Precision;
import dev.offramp.server.registry.Host;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code offramp targets}: what can be compiled for, and what of it runs here. */
@Command(
    name = "targets",
    description = {
      "Lists the CPUs that checkpoints can be compiled for, and which of them this host runs.",
      "All can be compiled anywhere; 'native' is the last one that this host runs."
    },
    footer = {"", "Example:", "  offramp compile mine --out mine.offramp --target cascadelake"})
final class TargetsCommand implements Callable<Integer> {
  @Mixin private JsonFileOption json = new JsonFileOption();

  @Spec private CommandSpec spec;

  /**
   * A target, as this host sees it.
   *
   * @param missing what the host lacks for it
   */
  record Row(String name, List<String> precisions, boolean runs, List<String> missing) {}

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
              missing));
    }
    return rows;
  }

  private static String table(List<Row> rows) {
    String last = rows.stream().filter(Row::runs).map(Row::name).reduce((a, b) -> b).orElse("none");
    var table = new TextTable("target", "precisions", "this host");
    for (Row row : rows) {
      String verdict =
          row.runs()
              ? row.name().equals(last) ? "runs it; native" : "runs it"
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
