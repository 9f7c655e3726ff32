@NullMarked
package dev.offramp.server.experiment.live;

import org.jspecify.annotations.NullMarked;
