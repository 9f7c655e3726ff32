package dev.offramp.cli;

import dev.offramp.cli.load.LoadResult;
import dev.offramp.cli.load.Outcome;
import dev.offramp.cli.load.Percentiles;
import dev.offramp.cli.load.TierResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A load run's result for the terminal: tables by tier, and the words that they need. */
final class LoadTables {
  private final LoadResult result;
  private final List<TierResult> rows;

  LoadTables(LoadResult result) {
    this.result = result;
    this.rows = new ArrayList<>(result.tiers());
    if (rows.size() > 1) {
      rows.add(result.all());
    }
  }

  /** All of it. */
  String render() {
    return "%s%n%s%n%s%n%s"
        .formatted(
            calls().render(),
            times("latency, ms", TierResult::latency).render(),
            times("service, ms", TierResult::service).render(),
            words());
  }

  private TextTable calls() {
    var table =
        new TextTable(
            "tier",
            "sent",
            "answered",
            "rejected",
            "too late",
            "failed",
            "dropped",
            "cached",
            "deadline exits",
            "sent/s",
            "good/s",
            "mean exit depth",
            "layer speed-up");
    for (TierResult tier : rows) {
      table.row(
          tier.name(),
          "" + tier.sent(),
          "" + tier.count(Outcome.ANSWERED),
          "" + tier.count(Outcome.REJECTED),
          "" + tier.count(Outcome.DEADLINE_EXCEEDED),
          "" + tier.failed(),
          "" + tier.dropped(),
          "" + tier.cached(),
          "" + tier.deadlineExits(),
          number("%.1f", result.perSecond(tier.sent())),
          number("%.1f", result.perSecond(tier.good())),
          number("%.2f", tier.meanExitDepth()),
          number("%.2fx", tier.layerSpeedup()));
    }
    return table;
  }

  private TextTable times(String what, Function<TierResult, Percentiles> times) {
    var table = new TextTable(what, "p50", "p90", "p99", "p99.9", "max");
    for (TierResult tier : rows) {
      var cells = new ArrayList<String>(List.of(tier.name()));
      times.apply(tier).shownMillis().forEach(millis -> cells.add(number("%.2f", millis)));
      table.row(cells.toArray(String[]::new));
    }
    return table;
  }

  private String words() {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            """
            Planned: %s calls/s at %s gaps for %s s; measured: %.1f s%s. Deadline: %s ms.
            Latency counts from when a call was due by the plan, service from when it was sent.
            Good: answered within the deadline, from when it was due. Most in flight: %d of %d.
            Send lag, ms: p50 %s, p99 %s, max %s.
            """,
            plain(result.plan().perSecond()),
            result.plan().gaps().name().toLowerCase(Locale.ROOT),
            plain(result.plan().measured().toNanos() / 1e9),
            result.seconds(),
            result.stopped() ? " (stopped)" : "",
            plain(result.deadline().toNanos() / 1e6),
            result.mostOutstanding(),
            result.maxOutstanding(),
            number("%.3f", result.sendLag().lag().millis(50)),
            number("%.3f", result.sendLag().lag().millis(99)),
            number("%.3f", result.sendLag().lag().maxMillis())));
    TierResult all = result.all();
    if (all.count(Outcome.ANSWERED) < all.planned()) {
      text.append("Times, depths and speed-up are of answers; calls without one are in none.\n");
    }
    if (all.failed() > 0) {
      text.append("Failed: ")
          .append(
              all.failures().entrySet().stream()
                  .map(entry -> entry.getValue() + " " + failure(entry.getKey()))
                  .collect(Collectors.joining("; ")))
          .append(".\n");
    }
    if (all.dropped() > 0) {
      text.append(
          "Dropped: %d calls were not sent, since too many were in flight or it was too late.%n"
              .formatted(all.dropped()));
    }
    return text.toString();
  }

  /* Such as "unavailable (localhost:7070: no server took the call)". */
  private String failure(Outcome outcome) {
    String words = outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    String message = result.messages().getOrDefault(outcome, "");
    return message.isEmpty() ? words : words + " (" + message + ")";
  }

  private static String number(String format, double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "-";
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? "" + (long) value : "" + value;
  }
}
