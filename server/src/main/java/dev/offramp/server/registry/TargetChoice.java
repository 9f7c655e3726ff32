package dev.offramp.server.registry;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.Manifest;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.io.ModelFormatException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Which of an artifact's targets a host runs: of those whose CPU features it has, the most exact
 * precision, so that no answer changes unasked; of these the one that asks for most features; of
 * equals, the first.
 *
 * @param target the choice
 * @param reason why, for people
 */
public record TargetChoice(TargetEntry target, String reason) {

  /**
   * Chooses for this host.
   *
   * @throws ModelFormatException if the host can run none of them, saying what it lacks for each
   */
  static TargetChoice of(Artifact artifact, Host host, TargetWish wish) {
    List<TargetEntry> targets = artifact.manifest().targets();
    var refusals = new ArrayList<String>();
    var able = new ArrayList<TargetEntry>();
    for (TargetEntry target : targets) {
      wish.objection(target)
          .or(() -> obstacle(target, host))
          .ifPresentOrElse(
              obstacle -> refusals.add(target.id() + " " + obstacle), () -> able.add(target));
    }
    // max() would take the last of equals.
    TargetEntry best =
        able.stream()
            .sorted(
                Comparator.comparing(TargetEntry::precision)
                    .thenComparingInt(t -> -t.requires().size()))
            .findFirst()
            .orElseThrow(() ->
                new ModelFormatException(
                    artifact.resolve(Manifest.FILE),
                    "none of its targets can be used: "
                        + String.join("; ", refusals)
                        + ". Compile the checkpoint on this machine, for a plainer CPU, or for the"
                        + " precision you want."));
    var reason = new StringBuilder();
    reason.append("the host has all it requires");
    if (!best.requires().isEmpty()) {
      reason.append(": ").append(String.join(" ", best.requires()));
    }
    if (able.size() > 1) {
      reason
          .append("; of ")
          .append(able.size())
          .append(" that can be used it is the most exact, then requires most");
    }
    refusals.forEach(refusal -> reason.append("; ").append(refusal));
    return new TargetChoice(best, reason.toString());
  }

  private static Optional<String> obstacle(TargetEntry target, Host host) {
    if (!target.triple().startsWith(host.architecture() + "-")) {
      return Optional.of("is for " + target.triple() + " (this host: " + host.architecture() + ")");
    }
    List<String> lacking =
        target.requires().stream().filter(feature -> !host.features().contains(feature)).toList();
    return lacking.isEmpty()
        ? Optional.empty()
        : Optional.of("needs " + String.join(" ", lacking) + ", which this CPU lacks");
  }
}
