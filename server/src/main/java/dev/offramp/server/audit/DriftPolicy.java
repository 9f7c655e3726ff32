package dev.offramp.server.audit;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What is done about a tier whose certificate audits refute. */
public enum DriftPolicy {
  /** It is said, and the tier is served as ever. */
  WARN,
  /** It is said, and a safer tier is served in its place. */
  MOVE_BACK;

  /** Its name in flags: {@code warn}, {@code move-back}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The policy of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static DriftPolicy ofId(String id) {
    List<DriftPolicy> all = List.of(values());
    return all.stream()
        .filter(policy -> policy.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "on drift: '%s' (expected: one of %s)"
                    .formatted(id, Arrays.toString(all.stream().map(DriftPolicy::id).toArray()))));
  }
}
