/** Experiments on a running server: their changes, what requests meet, what happens in them. */
@NullMarked
package dev.offramp.server.experiment.live;

import org.jspecify.annotations.NullMarked;
