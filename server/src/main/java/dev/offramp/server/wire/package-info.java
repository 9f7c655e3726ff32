/** Exit rules and experiments as messages of {@code offramp.v1}, both ways. */
@NullMarked
package dev.offramp.server.wire;

import org.jspecify.annotations.NullMarked;
