package dev.offramp.server.engine;

import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.Trace;

/**
 * How a text left the model.
 *
 * @param exit where, and why there
 * @param trace the exits passed, up to that one
 * @param queueNanos waiting for a worker
 * @param computeNanos in layers and exits, together with the batch it shared
 */
public record Departure(Exit exit, Trace trace, long queueNanos, long computeNanos) {}
