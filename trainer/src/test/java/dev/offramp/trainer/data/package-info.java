@NullMarked
package dev.offramp.trainer.data;

import org.jspecify.annotations.NullMarked;
