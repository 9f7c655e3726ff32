/**
 * Experiments played over recorded traces, with the classes that the server itself assigns and
 * concludes with: how often equal arms are told apart, how many audits a difference takes, and how
 * evenly and fast units are assigned.
 */
@NullMarked
package dev.offramp.cli.simulation;

import org.jspecify.annotations.NullMarked;
