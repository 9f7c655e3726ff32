/**
 * The TVM backend. Its classes are defined by a class loader of their own: see {@link
 * dev.offramp.server.natives.TvmRuntime}.
 */
@NullMarked
package dev.offramp.server.tvm;

import org.jspecify.annotations.NullMarked;
