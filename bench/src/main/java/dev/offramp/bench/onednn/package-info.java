/**
 * Matrix products by oneDNN, the library that others build on, in a process of their own: TVM's
 * compiler brings an older oneDNN along.
 */
@NullMarked
package dev.offramp.bench.onednn;

import org.jspecify.annotations.NullMarked;
