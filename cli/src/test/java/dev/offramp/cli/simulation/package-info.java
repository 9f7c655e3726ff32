@NullMarked
package dev.offramp.cli.simulation;

import org.jspecify.annotations.NullMarked;
