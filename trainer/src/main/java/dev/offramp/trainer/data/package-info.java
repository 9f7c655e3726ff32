/**
 * Files of labelled and unlabelled texts and sentence pairs: their layouts and how they are told.
 */
@NullMarked
package dev.offramp.trainer.data;

import org.jspecify.annotations.NullMarked;
