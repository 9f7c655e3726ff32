@NullMarked
package dev.offramp.server.experiment.analysis;

import org.jspecify.annotations.NullMarked;
