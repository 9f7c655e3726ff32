@NullMarked
package dev.offramp.model.checkpoint;

import org.jspecify.annotations.NullMarked;
