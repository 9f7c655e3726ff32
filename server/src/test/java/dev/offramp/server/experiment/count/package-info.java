@NullMarked
package dev.offramp.server.experiment.count;

import org.jspecify.annotations.NullMarked;
