package dev.offramp.bench.kernels;

import dev.offramp.model.artifact.KernelNames;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.checkpoint.ModelConfig;

/**
 * What a kernel has to do at least, whatever its code: the numbers that a roofline is drawn with.
 *
 * <p>Operations: a multiplication and an addition of a product count as two. Of LayerNorm the eight
 * operations an element are counted (mean: 1; difference, square, sum: 3; scale: 1; gain and bias:
 * 2; its share of the root: 0; the residual or third table: 1 more), of a copy one for each element
 * moved. Exponentials, GELU, tanh, bias and quantization are not counted: time spent there lowers
 * the figure.
 *
 * <p>Bytes: every argument once in, the result once out, as if caches held all that is used twice.
 * Weights count in the width of the precision, activations as float32.
 *
 * @param operations at least 1
 * @param bytes at least 1
 */
record KernelWork(long operations, long bytes) {
  /** Of one element in LayerNorm: see the class. */
  private static final int NORM_OPERATIONS = 7;

  KernelWork {
    if (operations < 1 || bytes < 1) {
      throw new IllegalArgumentException(
          "work: %d operations, %d bytes (expected: both >= 1)".formatted(operations, bytes));
    }
  }

  /** Operations for each byte. */
  double intensity() {
    return (double) operations / bytes;
  }

  /** The work of a kernel of {@link KernelNames} on a batch. */
  static KernelWork of(String kernel, ModelConfig config, TokenBatch batch, Precision precision) {
    long t = batch.tokens();
    long s = batch.sequences();
    long h = config.hiddenSize();
    long wide = config.intermediateSize();
    long classes = config.classes();
    long rows = 4 * t * h;
    return switch (kernel) {
      // Three tables read, one row written, three numbers a token say which.
      case KernelNames.EMBED ->
          new KernelWork((2 + NORM_OPERATIONS) * t * h, 4 * rows + 12 * t + 8 * h);
      case KernelNames.QKV -> product(t, h, 3 * h, precision);
      case KernelNames.ATTENTION -> new KernelWork(4 * batch.pairs() * h, 4 * rows + 4 * (s + 1));
      case KernelNames.ATTENTION_OUTPUT -> normed(product(t, h, h, precision), t, h);
      case KernelNames.FFN_UP -> product(t, h, wide, precision);
      case KernelNames.FFN_DOWN -> normed(product(t, wide, h, precision), t, h);
      case KernelNames.EXIT_HEAD -> {
        KernelWork pooler = product(s, h, h, precision);
        yield new KernelWork(
            pooler.operations() + 2 * s * h * classes,
            // What the pooler gives stays inside.
            pooler.bytes() - 4 * s * h + 4 * (h * classes + classes + s * classes + s + 1));
      }
      case KernelNames.COMPACT -> new KernelWork(t * h, 2 * rows + 4 * t);
      default -> throw new IllegalArgumentException("kernel: " + kernel);
    };
  }

  /** A product's rows in and out, its weights and biases. */
  private static KernelWork product(long rows, long inner, long outer, Precision precision) {
    long weightBytes = inner * outer * elementBytes(precision);
    // int8 has a scale and a correction for each column beside the bias.
    long columnBytes = outer * (precision == Precision.INT8 ? 12 : 4);
    return new KernelWork(
        2 * rows * inner * outer, 4 * rows * (inner + outer) + weightBytes + columnBytes);
  }

  /** The same with a residual and LayerNorm. */
  private static KernelWork normed(KernelWork product, long rows, long width) {
    return new KernelWork(
        product.operations() + (1 + NORM_OPERATIONS) * rows * width,
        product.bytes() + 4 * rows * width + 8 * width);
  }

  private static int elementBytes(Precision precision) {
    return switch (precision) {
      case FLOAT32 -> 4;
      case BF16, FLOAT16 -> 2;
      case INT8 -> 1;
    };
  }
}
