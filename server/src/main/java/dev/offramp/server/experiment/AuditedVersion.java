package dev.offramp.server.experiment;

/** A version of a model, whose tiers are audited. */
public record AuditedVersion(String model, String version) {}
