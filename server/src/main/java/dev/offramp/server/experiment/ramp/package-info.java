/** Ramp plans: when an experiment goes on to its next coverage, and what keeps it from that. */
@NullMarked
package dev.offramp.server.experiment.ramp;

import org.jspecify.annotations.NullMarked;
