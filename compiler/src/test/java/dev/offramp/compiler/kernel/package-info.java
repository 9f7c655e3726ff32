@NullMarked
package dev.offramp.compiler.kernel;

import org.jspecify.annotations.NullMarked;
