package dev.offramp.server.engine;

import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.Trace;

/**
 * How a text left the model for one of its callers.
 *
 * @param exit where, and why there
 * @param trace the exits passed, up to that one; the logits of exits that nobody asked for are NaN
 * @param queueNanos waiting for a worker to take it up
 * @param computeNanos from then on: in layers and exits, together with the batches it shared, and
 *     waiting between layers for such batches
 */
public record Departure(Exit exit, Trace trace, long queueNanos, long computeNanos) {}
