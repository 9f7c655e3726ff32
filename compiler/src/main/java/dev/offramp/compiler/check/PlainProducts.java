package dev.offramp.compiler.check;

import dev.offramp.model.artifact.Precision;

/**
 * What a product computes in each precision: the same as in float32, of operands that were rounded
 * to what the precision can hold.
 */
public final class PlainProducts {
  private static final int LIMIT = 127;

  private PlainProducts() {}

  /** {@code out[T, N] = x[T, K] weight' + bias}, operands rounded, sums exact. */
  public static float[] dense(
      Precision precision, float[] x, int rows, float[] weight, float[] bias) {
    int inner = weight.length / bias.length;
    return PlainKernels.dense(
        activations(precision, x, inner), rows, weights(precision, weight, inner), bias);
  }

  /** Rows of activations as a precision holds them. */
  public static float[] activations(Precision precision, float[] x, int width) {
    return switch (precision) {
      case FLOAT32 -> x;
      case BF16 -> bf16(x);
      case INT8 -> quantized(x, width, false);
      case FLOAT16 -> x; // Devices multiply halves by floats.
    };
  }

  /** Output channels of a weight as a precision holds them. */
  public static float[] weights(Precision precision, float[] weight, int width) {
    return switch (precision) {
      case FLOAT32 -> weight;
      case BF16 -> bf16(weight);
      case INT8 -> quantized(weight, width, true);
      case FLOAT16 -> halves(weight);
    };
  }

  private static float[] bf16(float[] values) {
    var rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      int bits = Float.floatToRawIntBits(values[i]);
      int nearest = bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000;
      rounded[i] = Float.isNaN(values[i]) ? values[i] : Float.intBitsToFloat(nearest);
    }
    return rounded;
  }

  private static float[] halves(float[] values) {
    var rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
    }
    return rounded;
  }

  /** Each row by its own scale. Kernels round activations and the compiler rounds weights. */
  private static float[] quantized(float[] values, int width, boolean weights) {
    var rounded = new float[values.length];
    for (int start = 0; start < values.length; start += width) {
      float greatest = 0;
      for (int k = 0; k < width; k++) {
        greatest = Math.max(greatest, Math.abs(values[start + k]));
      }
      float scale = weights ? weightScale(greatest) : greatest * (1f / LIMIT);
      float factor = LIMIT / Math.max(greatest, 1e-30f);
      for (int k = 0; k < width; k++) {
        float value = values[start + k];
        int q = weights ? Math.round(value / scale) : (int) Math.fma(value, factor, 128.5f) - 128;
        rounded[start + k] = q * scale;
      }
    }
    return rounded;
  }

  private static float weightScale(float greatest) {
    return greatest == 0 ? 1 : greatest / LIMIT;
  }
}
