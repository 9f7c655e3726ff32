/** The {@code offramp} command: every part of Offramp from a terminal. */
@NullMarked
package dev.offramp.cli;

import org.jspecify.annotations.NullMarked;
