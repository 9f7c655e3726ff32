/** Tests of the command, and of what needs the compiler and the server together. */
@NullMarked
package dev.offramp.cli;

import org.jspecify.annotations.NullMarked;
