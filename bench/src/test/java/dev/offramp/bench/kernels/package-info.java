@NullMarked
package dev.offramp.bench.kernels;

import org.jspecify.annotations.NullMarked;
