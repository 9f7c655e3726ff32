@NullMarked
package dev.offramp.assignment;

import org.jspecify.annotations.NullMarked;
