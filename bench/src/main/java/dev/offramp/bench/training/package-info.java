/** How fast models are trained. */
@NullMarked
package dev.offramp.bench.training;

import org.jspecify.annotations.NullMarked;
