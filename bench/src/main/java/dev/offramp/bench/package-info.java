/** Comparisons with peers: the same layers, weights and threads, interleaved in one run. */
@NullMarked
package dev.offramp.bench;

import org.jspecify.annotations.NullMarked;
