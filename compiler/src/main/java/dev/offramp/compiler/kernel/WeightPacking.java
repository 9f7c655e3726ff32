package dev.offramp.compiler.kernel;

import dev.offramp.model.artifact.PackedNames;
import dev.offramp.model.checkpoint.HostTensor;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.Words;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.SequencedMap;

/**
 * Lays a weight {@code [N, K]} out as the kernels read it: {@code [N / columns][words of
 * K][columns]}, the columns of a tile side by side for each word.
 *
 * <p>Two schedules with the same columns read the same layout.
 */
public final class WeightPacking {
  private final DotProduct dot;
  private final int columns;

  WeightPacking(DotProduct dot, int columns) {
    this.dot = dot;
    this.columns = columns;
  }

  /** The name of the layout: the same name, the same bytes. */
  public String id() {
    return dot.name().toLowerCase(Locale.ROOT) + columns;
  }

  /**
   * Packs a weight and its bias.
   *
   * @param prefix of the names, see {@link PackedNames}
   * @return the tensors in the order of the kernel's arguments
   */
  public SequencedMap<String, HostTensor> pack(String prefix, Tensor weight, Tensor bias) {
    int outer = weight.shape().get(0);
    int inner = weight.shape().get(1);
    var packed = new LinkedHashMap<String, HostTensor>();
    float[] values = weight.values();
    switch (dot) {
      case FLOAT32 -> packed.put(prefix + PackedNames.WEIGHT, floats(values, outer, inner));
      case BF16 ->
          packed.put(
              prefix + PackedNames.WEIGHT,
              words(
                  outer,
                  inner,
                  (n, k) -> bf16(values[n * inner + k]) | bf16(values[n * inner + k + 1]) << 16));
      case BYTES, SHORTS -> {
        float[] scales = scales(values, outer, inner);
        var quantized = new byte[values.length];
        var corrections = new int[outer];
        for (int n = 0; n < outer; n++) {
          int sum = 0;
          for (int k = 0; k < inner; k++) {
            int at = n * inner + k;
            quantized[at] = (byte) Math.round(values[at] / scales[n]);
            sum += quantized[at];
          }
          corrections[n] = -dot.zero() * sum;
        }
        int bits = 32 / dot.group();
        int mask = (int) ((1L << bits) - 1);
        packed.put(
            prefix + PackedNames.WEIGHT,
            words(
                outer,
                inner,
                (n, k) -> {
                  int word = 0;
                  for (int part = 0; part < dot.group(); part++) {
                    word |= (quantized[n * inner + k + part] & mask) << (part * bits);
                  }
                  return word;
                }));
        packed.put(prefix + PackedNames.BIAS, bias);
        packed.put(prefix + PackedNames.SCALE, Tensor.of(scales, outer));
        packed.put(prefix + PackedNames.CORRECTION, Words.of(corrections, outer));
      }
    }
    packed.putIfAbsent(prefix + PackedNames.BIAS, bias);
    return packed;
  }

  /** The nearest bf16, halves to even; the bits of it. */
  static int bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return bits >>> 16 | 0x40;
    }
    return (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
  }

  /** What each output channel's greatest weight is 127 of; 1 for a channel of zeros. */
  private static float[] scales(float[] values, int outer, int inner) {
    var scales = new float[outer];
    for (int n = 0; n < outer; n++) {
      float greatest = 0;
      for (int k = 0; k < inner; k++) {
        greatest = Math.max(greatest, Math.abs(values[n * inner + k]));
      }
      scales[n] = greatest == 0 ? 1 : greatest / RowWords.LIMIT;
    }
    return scales;
  }

  private Tensor floats(float[] values, int outer, int inner) {
    var packed = new float[values.length];
    for (int n = 0; n < outer; n++) {
      int panel = n / columns * columns * inner + n % columns;
      for (int k = 0; k < inner; k++) {
        packed[panel + k * columns] = values[n * inner + k];
      }
    }
    return Tensor.of(packed, outer / columns, inner, columns);
  }

  private Words words(int outer, int inner, WordAt wordAt) {
    int words = inner / dot.group();
    var packed = new int[outer * words];
    for (int n = 0; n < outer; n++) {
      int panel = n / columns * columns * words + n % columns;
      for (int word = 0; word < words; word++) {
        packed[panel + word * columns] = wordAt.word(n, word * dot.group());
      }
    }
    return Words.of(packed, outer / columns, words, columns);
  }

  /** The word of a row that begins at k. */
  @FunctionalInterface
  private interface WordAt {
    int word(int n, int k);
  }
}
