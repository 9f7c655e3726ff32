/** Tests of the load generator. */
@NullMarked
package dev.offramp.cli.load;

import org.jspecify.annotations.NullMarked;
