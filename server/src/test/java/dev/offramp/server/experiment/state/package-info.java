@NullMarked
package dev.offramp.server.experiment.state;

import org.jspecify.annotations.NullMarked;
