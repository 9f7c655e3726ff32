/** What an experiment's counts say: intervals that hold at every look, and verdicts. */
@NullMarked
package dev.offramp.server.experiment.analysis;

import org.jspecify.annotations.NullMarked;
