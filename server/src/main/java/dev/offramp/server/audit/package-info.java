/**
 * Audits: answered texts that run on to full depth, so that every tier is held against the full
 * model on live traffic, without labels and without a cost to callers.
 */
@NullMarked
package dev.offramp.server.audit;

import org.jspecify.annotations.NullMarked;
