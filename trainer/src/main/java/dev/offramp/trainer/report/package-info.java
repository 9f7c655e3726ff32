/** What an evaluation shows: curves, measures of exits and signals, and pictures of them. */
@NullMarked
package dev.offramp.trainer.report;

import org.jspecify.annotations.NullMarked;
