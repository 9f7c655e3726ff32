@NullMarked
package dev.offramp.model.io;

import org.jspecify.annotations.NullMarked;
