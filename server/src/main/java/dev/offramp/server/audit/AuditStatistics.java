package dev.offramp.server.audit;

/**
 * What became of audits since the server started.
 *
 * @param done scored
 * @param dropped for want of time, or because the server closed
 * @param failed in the engine, or in taking note of what they found
 */
public record AuditStatistics(long done, long dropped, long failed) {}
