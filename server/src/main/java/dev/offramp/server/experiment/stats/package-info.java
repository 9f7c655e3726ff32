/**
 * The mathematics of experiments: intervals that hold at every look, from sums that replicas add.
 * Pure functions of numbers; nothing here knows of requests, models or databases.
 */
@NullMarked
package dev.offramp.server.experiment.stats;

import org.jspecify.annotations.NullMarked;
