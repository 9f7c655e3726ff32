@NullMarked
package dev.offramp.compiler;

import org.jspecify.annotations.NullMarked;
