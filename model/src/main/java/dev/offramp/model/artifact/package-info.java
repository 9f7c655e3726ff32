/** The compiled model on disk: a manifest, packed weights, and kernels per target. */
@NullMarked
package dev.offramp.model.artifact;

import org.jspecify.annotations.NullMarked;
