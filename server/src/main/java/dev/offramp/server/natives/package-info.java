/** Finds and loads the native libraries that the TVM backend stands on. */
@NullMarked
package dev.offramp.server.natives;

import org.jspecify.annotations.NullMarked;
