/** Which arm of an experiment a unit gets: the same pure function in the client and the server. */
@NullMarked
package dev.offramp.assignment;

import org.jspecify.annotations.NullMarked;
