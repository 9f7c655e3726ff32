@NullMarked
package dev.offramp.trainer;

import org.jspecify.annotations.NullMarked;
