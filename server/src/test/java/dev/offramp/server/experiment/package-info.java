@NullMarked
package dev.offramp.server.experiment;

import org.jspecify.annotations.NullMarked;
