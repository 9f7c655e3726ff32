/**
 * Runs texts through a model's layers: batches them token-packed and lets each leave at its own
 * exit.
 */
@NullMarked
package dev.offramp.server.engine;

import org.jspecify.annotations.NullMarked;
