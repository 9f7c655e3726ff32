/** Writes encoder layers as an ONNX model, so that a peer runs the same weights. */
@NullMarked
package dev.offramp.bench.onnx;

import org.jspecify.annotations.NullMarked;
