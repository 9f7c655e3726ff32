package dev.offramp.cli.load;

import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a run measured, without its warm-up.
 *
 * @param plan when calls were due
 * @param deadline how long an answer may take to be a good one
 * @param maxOutstanding how many calls were allowed in flight
 * @param measured how long calls were sent after the warm-up: as planned, longer where the
 *     generator came too late with the last ones, shorter where it was stopped
 * @param stopped whether the run was stopped before its end
 * @param mostOutstanding how many calls were in flight at once at most
 * @param tiers one for each tier, in the order of the mix
 * @param sendLag how late calls were sent
 * @param timeline the run's course
 * @param messages what the first call that ended so was told, for each outcome without an answer
 */
public record LoadResult(
    ArrivalPlan plan,
    Duration deadline,
    int maxOutstanding,
    Duration measured,
    boolean stopped,
    int mostOutstanding,
    List<TierResult> tiers,
    SendLag sendLag,
    List<Slice> timeline,
    Map<Outcome, String> messages) {

  private static final double NANOS_PER_SECOND = 1e9;

  public LoadResult {
    tiers = List.copyOf(tiers);
    timeline = List.copyOf(timeline);
    messages = Map.copyOf(messages);
  }

  /** The sum over tiers. */
  public TierResult all() {
    return TierResult.all(tiers);
  }

  /** {@link #measured}, in seconds. */
  public double seconds() {
    return measured.toNanos() / NANOS_PER_SECOND;
  }

  /** Calls a second; NaN where nothing was measured. */
  public double perSecond(long calls) {
    return calls / seconds();
  }

  /** The warning that the generator did not keep to its plan, if it did not. */
  public Optional<String> lagWarning() {
    return sendLag.warning(all().latency().millis(50));
  }

  /** The numbers for JSON, under names that stay. What is not known is null. */
  public Map<String, @Nullable Object> numbers() {
    var json = new LinkedHashMap<String, @Nullable Object>();
    json.put("plannedPerSecond", plan.perSecond());
    json.put("gaps", plan.gaps().name().toLowerCase(Locale.ROOT));
    json.put("warmUpSeconds", plan.warmUp().toNanos() / NANOS_PER_SECOND);
    json.put("plannedSeconds", plan.measured().toNanos() / NANOS_PER_SECOND);
    json.put("seconds", seconds());
    json.put("stopped", stopped);
    json.put("deadlineMillis", deadline.toNanos() / 1e6);
    json.put("maxOutstanding", maxOutstanding);
    json.put("mostOutstanding", mostOutstanding);
    json.put("sendLag", sendLag.lag().numbers());
    json.put("warning", lagWarning().orElse(null));
    json.put("all", numbers(all()));
    json.put("tiers", tiers.stream().map(this::numbers).toList());
    json.put("timeline", timeline.stream().map(LoadResult::numbers).toList());
    json.put("messages", messagesInOrder());
    return json;
  }

  private Map<Outcome, String> messagesInOrder() {
    var ordered = new EnumMap<Outcome, String>(Outcome.class);
    ordered.putAll(messages);
    return ordered;
  }

  private Map<String, @Nullable Object> numbers(TierResult tier) {
    var json = new LinkedHashMap<String, @Nullable Object>();
    json.put("name", tier.name());
    json.put("planned", tier.planned());
    json.put("sent", tier.sent());
    json.put("dropped", tier.dropped());
    json.put("answered", tier.count(Outcome.ANSWERED));
    json.put("good", tier.good());
    json.put("rejected", tier.count(Outcome.REJECTED));
    json.put("deadlineExceeded", tier.count(Outcome.DEADLINE_EXCEEDED));
    json.put("failed", tier.failed());
    json.put("failures", tier.failures());
    json.put("cached", tier.cached());
    json.put("deadlineExits", tier.deadlineExits());
    json.put("sentPerSecond", Percentiles.finite(perSecond(tier.sent())));
    json.put("goodPerSecond", Percentiles.finite(perSecond(tier.good())));
    json.put("meanExitDepth", Percentiles.finite(tier.meanExitDepth()));
    json.put("layerSpeedup", Percentiles.finite(tier.layerSpeedup()));
    json.put("latency", tier.latency().numbers());
    json.put("service", tier.service().numbers());
    return json;
  }

  private static Map<String, @Nullable Object> numbers(Slice slice) {
    var json = new LinkedHashMap<String, @Nullable Object>();
    json.put("fromSeconds", slice.fromSeconds());
    json.put("seconds", slice.seconds());
    json.put("planned", slice.planned());
    json.put("answered", slice.answered());
    json.put("p50Millis", Percentiles.finite(slice.p50Millis()));
    json.put("p99Millis", Percentiles.finite(slice.p99Millis()));
    return json;
  }
}
