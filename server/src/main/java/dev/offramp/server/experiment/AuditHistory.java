package dev.offramp.server.experiment;

import dev.offramp.server.experiment.stats.ChangeGuard;
import dev.offramp.server.experiment.stats.ChangeGuard.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What audits found of a tier, and what they had found at some times before.
 *
 * @param all those ever counted
 * @param starts by rising number, at most {@value ChangeGuard#MOST_STARTS}, the last ones
 */
public record AuditHistory(TierAudits all, List<Start> starts) {

  /** No audit yet. */
  public static final AuditHistory NONE = new AuditHistory(TierAudits.NONE, List.of());

  /** Copies. */
  public AuditHistory {
    starts = List.copyOf(starts);
  }

  /** One audit later. */
  public AuditHistory with(boolean disagreed) {
    TierAudits more = all.plus(TierAudits.of(disagreed));
    Start last = starts.isEmpty() ? Start.BEGINNING : starts.getLast();
    if (more.audits() < last.audits() + ChangeGuard.SPACING) {
      return new AuditHistory(more, starts);
    }
    var next = new ArrayList<>(starts);
    next.add(new Start(last.number() + 1, more.audits(), more.disagreements()));
    return new AuditHistory(
        more, next.subList(Math.max(0, next.size() - ChangeGuard.MOST_STARTS), next.size()));
  }

  /** What was found since a start; of one that is forgotten, since the first that is not. */
  public TierAudits since(long number) {
    if (number == 0) {
      return all;
    }
    return starts.stream()
        .filter(start -> start.number() >= number)
        .findFirst()
        .map(from ->
            new TierAudits(
                all.audits() - from.audits(), all.disagreements() - from.disagreements()))
        .orElse(all);
  }

  /** The start since which audits refute a risk of {@code eps}; empty if they do not. */
  public Optional<Start> alarm(double eps, double alpha) {
    return new ChangeGuard(eps, alpha).alarm(all.audits(), all.disagreements(), starts);
  }
}
