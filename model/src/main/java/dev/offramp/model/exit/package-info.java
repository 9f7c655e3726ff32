/** Exits: signals, rules, and the trace of a text through the exits it passed. */
@NullMarked
package dev.offramp.model.exit;

import org.jspecify.annotations.NullMarked;
