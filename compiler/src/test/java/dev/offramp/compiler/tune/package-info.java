@NullMarked
package dev.offramp.compiler.tune;

import org.jspecify.annotations.NullMarked;
