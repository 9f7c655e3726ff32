@NullMarked
package dev.offramp.model.artifact;

import org.jspecify.annotations.NullMarked;
