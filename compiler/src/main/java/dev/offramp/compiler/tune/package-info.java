/**
 * Search for schedules by measuring: the space of each kernel, trials of candidates, records of
 * what was found.
 *
 * <p>Threading: one thread; trials are timed, and whatever else runs on the machine disturbs them.
 */
@NullMarked
package dev.offramp.compiler.tune;

import org.jspecify.annotations.NullMarked;
