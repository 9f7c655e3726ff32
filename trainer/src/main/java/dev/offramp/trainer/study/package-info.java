/** Objectives compared: trained with the same budget, over seeds and data sets, and summed up. */
@NullMarked
package dev.offramp.trainer.study;

import org.jspecify.annotations.NullMarked;
