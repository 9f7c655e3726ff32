/**
 * Trained weights on disk: {@code config.json}, safetensors, and the names of the tensors in them.
 */
@NullMarked
package dev.offramp.model.checkpoint;

import org.jspecify.annotations.NullMarked;
