package dev.offramp.server.registry;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.Device;
import dev.offramp.model.artifact.Manifest;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.server.natives.OpenClDevice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which of an artifact's targets a host runs: of those that it can, the most exact precision, so
 * that no answer changes unasked; of these one for a GPU before those for CPUs; of these the one
 * that asks for most CPU features; of equals, the first.
 *
 * <p>OpenCL on a CPU is for trying things out: it counts only where no target for CPUs can be used,
 * which is also the case where an operator asks for it.
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
          .or(() -> host.obstacle(target))
          .ifPresentOrElse(
              obstacle -> refusals.add(target.id() + " " + obstacle), () -> able.add(target));
    }
    preferOwnKernels(able, host, refusals);
    // max() would take the last of equals.
    TargetEntry best =
        able.stream()
            .sorted(
                Comparator.comparing(TargetEntry::precision)
                    .thenComparing(target -> target.device() != Device.OPENCL)
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
    if (best.device() == Device.OPENCL) {
      host.openCl()
          .get()
          .ifPresent(device -> reason.append(": OpenCL on ").append(describe(device)));
    }
    if (!best.requires().isEmpty()) {
      reason.append(": ").append(String.join(" ", best.requires()));
    }
    if (able.size() > 1) {
      reason
          .append("; of ")
          .append(able.size())
          .append(" that can be used it is the most exact, then for a GPU, then requires most");
    }
    refusals.forEach(refusal -> reason.append("; ").append(refusal));
    return new TargetChoice(best, reason.toString());
  }

  /** Where OpenCL runs on a CPU, that CPU's own targets come first. */
  private static void preferOwnKernels(List<TargetEntry> able, Host host, List<String> refusals) {
    List<TargetEntry> openCl =
        able.stream().filter(target -> target.device() == Device.OPENCL).toList();
    if (openCl.isEmpty() || openCl.size() == able.size()) {
      return;
    }
    OpenClDevice device = host.openCl().get().orElseThrow();
    if (!device.isGpu()) {
      able.removeAll(openCl);
      openCl.forEach(target ->
          refusals.add(
              target.id()
                  + " would run on "
                  + describe(device)
                  + ", for which there is a target of its own; ask for it to use it"));
    }
  }

  private static String describe(OpenClDevice device) {
    return (device.isGpu() ? "the GPU " : "the CPU ") + device.name();
  }
}
