/** What benchmarks run: encoders with random weights, and batches of given lengths. */
@NullMarked
package dev.offramp.bench.workload;

import org.jspecify.annotations.NullMarked;
