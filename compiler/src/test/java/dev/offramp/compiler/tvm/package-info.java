@NullMarked
package dev.offramp.compiler.tvm;

import org.jspecify.annotations.NullMarked;
