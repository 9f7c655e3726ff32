/**
 * From a checkpoint to an artifact.
 *
 * <p>{@link dev.offramp.compiler.Compiler} is the one entry. It writes kernels with {@link
 * dev.offramp.compiler.kernel}, has TVM compile them through {@link dev.offramp.compiler.tvm},
 * links them, packs the weights the way those kernels read them, checks what it made, and only then
 * puts the artifact in its place.
 */
@NullMarked
package dev.offramp.compiler;

import org.jspecify.annotations.NullMarked;
