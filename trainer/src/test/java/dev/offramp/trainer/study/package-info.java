@NullMarked
package dev.offramp.trainer.study;

import org.jspecify.annotations.NullMarked;
