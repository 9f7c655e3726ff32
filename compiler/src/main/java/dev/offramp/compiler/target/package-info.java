/** What kernels are compiled for: instruction sets, their names and their vectors. */
@NullMarked
package dev.offramp.compiler.target;

import org.jspecify.annotations.NullMarked;
