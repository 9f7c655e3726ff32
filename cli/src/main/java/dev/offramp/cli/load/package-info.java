/**
 * An open-loop load generator: calls leave by a plan that was fixed before, whatever the server
 * does, and latency counts from the planned time.
 *
 * <p>{@link dev.offramp.cli.load.LoadRun} carries out an {@link dev.offramp.cli.load.ArrivalPlan}
 * with the calls of a {@link dev.offramp.cli.load.Workload} on a {@link
 * dev.offramp.cli.load.LoadTarget}; what comes of it is a {@link dev.offramp.cli.load.LoadResult}.
 */
@NullMarked
package dev.offramp.cli.load;

import org.jspecify.annotations.NullMarked;
