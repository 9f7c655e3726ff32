/** Measures every kernel by itself against what the core can do: {@code offramp bench kernels}. */
@NullMarked
package dev.offramp.bench.kernels;

import org.jspecify.annotations.NullMarked;
