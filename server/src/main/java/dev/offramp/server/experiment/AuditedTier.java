package dev.offramp.server.experiment;

import java.util.Comparator;

/**
 * A tier of one version of a model, as audits know it.
 *
 * @param version as in {@link AuditedVersion}
 */
public record AuditedTier(String model, String version, String tier)
    implements Comparable<AuditedTier> {

  private static final Comparator<AuditedTier> ORDER =
      Comparator.comparing(AuditedTier::model)
          .thenComparing(AuditedTier::version)
          .thenComparing(AuditedTier::tier);

  /** Whether a database can keep it: models may have any names. */
  public boolean isStorable() {
    return Checks.isText(model) && Checks.isText(version) && Checks.isText(tier);
  }

  @Override
  public int compareTo(AuditedTier other) {
    return ORDER.compare(this, other);
  }
}
