@NullMarked
package dev.offramp.server.experiment.ramp;

import org.jspecify.annotations.NullMarked;
