@NullMarked
package dev.offramp.server.experiment.stats;

import org.jspecify.annotations.NullMarked;
