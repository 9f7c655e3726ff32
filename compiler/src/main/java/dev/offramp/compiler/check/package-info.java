/** Proof that compiled kernels compute what they should: plain Java beside the real thing. */
@NullMarked
package dev.offramp.compiler.check;

import org.jspecify.annotations.NullMarked;
