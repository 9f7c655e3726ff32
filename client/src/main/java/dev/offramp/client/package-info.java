/**
 * The Offramp SDK: classify texts at a chosen point of a model's speed-accuracy curve.
 *
 * <p>Start at {@link dev.offramp.client.OfframpClient}.
 */
@NullMarked
package dev.offramp.client;

import org.jspecify.annotations.NullMarked;
