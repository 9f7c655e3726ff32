/** Files and JSON as the other packages need them: checksums, atomic writes, one JSON dialect. */
@NullMarked
package dev.offramp.model.io;

import org.jspecify.annotations.NullMarked;
