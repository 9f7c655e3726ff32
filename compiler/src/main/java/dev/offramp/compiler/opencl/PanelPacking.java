package dev.offramp.compiler.opencl;

import dev.offramp.model.artifact.PackedNames;
import dev.offramp.model.checkpoint.HostTensor;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.checkpoint.Words;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Lays a weight {@code [N, K]} out in panels {@code [N / 64][K][64]}, the last one filled up with
 * zeros; with halves, {@code [N / 64][K / 2][64]} words of two consecutive k, the lower first.
 */
final class PanelPacking {
  private static final float GREATEST_HALF = 65504;
  private static final int COLUMNS = TiledProduct.TILE;

  private PanelPacking() {}

  /** Packs a weight and its bias, in the order of the kernels' arguments. */
  static SequencedMap<String, HostTensor> pack(
      String prefix, Tensor weight, Tensor bias, boolean halves) {
    var packed = new LinkedHashMap<String, HostTensor>();
    packed.put(prefix + PackedNames.WEIGHT, halves ? words(prefix, weight) : floats(weight));
    packed.put(prefix + PackedNames.BIAS, bias);
    return packed;
  }

  private static Tensor floats(Tensor weight) {
    int outer = weight.shape().get(0);
    int inner = weight.shape().get(1);
    int panels = Math.ceilDiv(outer, COLUMNS);
    var packed = new float[panels * inner * COLUMNS];
    for (int n = 0; n < outer; n++) {
      for (int k = 0; k < inner; k++) {
        packed[(n / COLUMNS * inner + k) * COLUMNS + n % COLUMNS] = weight.values()[n * inner + k];
      }
    }
    return Tensor.of(packed, panels, inner, COLUMNS);
  }

  private static Words words(String prefix, Tensor weight) {
    int outer = weight.shape().get(0);
    int inner = weight.shape().get(1);
    int panels = Math.ceilDiv(outer, COLUMNS);
    var packed = new int[panels * inner / 2 * COLUMNS];
    for (int n = 0; n < outer; n++) {
      for (int k = 0; k < inner; k++) {
        int half = half(prefix, weight.values()[n * inner + k]);
        packed[(n / COLUMNS * (inner / 2) + k / 2) * COLUMNS + n % COLUMNS] |= half << (k % 2 * 16);
      }
    }
    return Words.of(packed, panels, inner / 2, COLUMNS);
  }

  private static int half(String prefix, float value) {
    if (!(Math.abs(value) <= GREATEST_HALF)) {
      throw new IllegalArgumentException(
          "%s: a weight of %s (expected: at most %s, the greatest float16; use float32)"
              .formatted(prefix, value, GREATEST_HALF));
    }
    return Short.toUnsignedInt(Float.floatToFloat16(value));
  }
}
