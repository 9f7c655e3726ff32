/**
 * COSEE training, evaluation and calibration of multi-exit classifiers, on DJL's PyTorch engine.
 */
@NullMarked
package dev.offramp.trainer;

import org.jspecify.annotations.NullMarked;
