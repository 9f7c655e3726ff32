/** Tests of the comparisons: their answers and their arithmetic, never their times. */
@NullMarked
package dev.offramp.bench;

import org.jspecify.annotations.NullMarked;
