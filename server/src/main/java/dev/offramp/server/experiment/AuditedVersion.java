package dev.offramp.server.experiment;

/**
 * A version of a model, whose tiers are audited.
 *
 * @param version with the digest of its tiers, for one that is calibrated anew has others
 */
public record AuditedVersion(String model, String version) {}
