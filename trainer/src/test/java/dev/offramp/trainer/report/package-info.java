@NullMarked
package dev.offramp.trainer.report;

import org.jspecify.annotations.NullMarked;
