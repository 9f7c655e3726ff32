package dev.offramp.server.experiment;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/*
 * What becomes of arms is no part of what an experiment is about: a file that is applied again neither
 * brings back an arm that a guardrail stopped, nor has to say which version there was.
 */

/**
 * What became of an experiment's arms.
 *
 * @param stopped names of those that get no more requests, in the order in which they were stopped
 * @param versions by name, the version of the model that an arm had when the experiment was last
 *     started; empty until then
 */
public record ArmStates(List<String> stopped, Map<String, String> versions) {

  /** Of one that never ran. */
  public static final ArmStates NONE = new ArmStates(List.of(), Map.of());

  /** Copies. */
  public ArmStates {
    stopped = List.copyOf(stopped);
    versions = Collections.unmodifiableMap(new TreeMap<>(versions));
  }

  /** Whether an arm was stopped. */
  public boolean isStopped(String arm) {
    return stopped.contains(arm);
  }

  /** The same with one more arm stopped. */
  ArmStates without(String arm) {
    var all = new ArrayList<>(stopped);
    all.add(arm);
    return new ArmStates(all, versions);
  }

  /** The same with other versions. */
  ArmStates startedWith(Map<String, String> versions) {
    return new ArmStates(stopped, versions);
  }
}
