/** The state of experiments in SQL: definitions with their audit log, and counts. */
@NullMarked
package dev.offramp.server.experiment.state;

import org.jspecify.annotations.NullMarked;
