package dev.offramp.bench.onednn;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.offramp.bench.onednn.OneDnnLibrary.Element;
import dev.offramp.model.artifact.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;

/**
 * A product {@code y[T, N] = x[T, K] w[K, N]} of random matrices, the weights laid out as oneDNN
 * chose. bf16 sums in float32; int8 is unsigned rows times signed weights, summed in int32. There
 * is no bias, no quantization and no activation function: the bare product.
 *
 * <p>Ownership: close it to free its memory. Threading: one thread.
 */
final class OneDnnProduct implements AutoCloseable {
  private static final int ALIGNMENT = 64;
  private static final long SEED = 7;

  private final OneDnnLibrary library;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment primitive;
  private final MemorySegment arguments;
  private final String implementation;
  private final Element inputType;
  private final Element weightType;
  private final Element outputType;
  private final int rows;
  private final int inner;
  private final int outer;
  private final MemorySegment x;
  private final MemorySegment weights;
  private final MemorySegment y;

  OneDnnProduct(OneDnnLibrary library, int rows, int inner, int outer, Precision precision) {
    this.library = library;
    this.rows = rows;
    this.inner = inner;
    this.outer = outer;
    inputType = type(precision, Element.U8);
    weightType = type(precision, Element.S8);
    outputType = precision == Precision.INT8 ? Element.S32 : Element.F32;
    var random = new SplittableRandom(SEED);
    x = filled(random, (long) rows * inner, inputType);
    weights = filled(random, (long) inner * outer, weightType);
    y = arena.allocate((long) rows * outer * outputType.bytes(), ALIGNMENT);
    MemorySegment xLayout = library.matrix(rows, inner, inputType);
    MemorySegment yLayout = library.matrix(rows, outer, outputType);
    MemorySegment wLayout = library.matrix(inner, outer, weightType);
    MemorySegment product =
        library.product(xLayout, library.anyLayout(inner, outer, weightType), yLayout);
    implementation = library.implementation(product);
    MemorySegment chosen = library.weightLayout(product);
    MemorySegment packed = arena.allocate(library.bytes(chosen), ALIGNMENT);
    MemorySegment packedMemory = library.memory(chosen, packed);
    library.execute(
        library.primitive(library.reorder(wLayout, chosen)),
        2,
        library.arguments(
            OneDnnLibrary.ARG_SRC,
            library.memory(wLayout, weights),
            OneDnnLibrary.ARG_DST,
            packedMemory));
    primitive = library.primitive(product);
    arguments =
        library.arguments(
            OneDnnLibrary.ARG_SRC,
            library.memory(xLayout, x),
            OneDnnLibrary.ARG_WEIGHTS,
            packedMemory,
            OneDnnLibrary.ARG_DST,
            library.memory(yLayout, y));
  }

  /** What oneDNN calls the code that it chose. */
  String implementation() {
    return implementation;
  }

  /** Runs the product so many times; how long that took. */
  long nanos(int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      library.execute(primitive, 3, arguments);
    }
    return System.nanoTime() - start;
  }

  /** Runs the product and compares some elements with plain Java; the furthest, relative to K. */
  double maxError() {
    nanos(1);
    double furthest = 0;
    for (int sample = 0; sample < 64; sample++) {
      int t = (int) (sample * 2654435761L % rows);
      int n = (int) (sample * 40503L % outer);
      double sum = 0;
      for (int k = 0; k < inner; k++) {
        sum +=
            value(x, inputType, (long) t * inner + k)
                * value(weights, weightType, (long) k * outer + n);
      }
      double actual = value(y, outputType, (long) t * outer + n);
      furthest = Math.max(furthest, Math.abs(actual - sum) / inner);
    }
    return furthest;
  }

  private static Element type(Precision precision, Element int8) {
    return switch (precision) {
      case FLOAT32 -> Element.F32;
      case BF16 -> Element.BF16;
      case INT8 -> int8;
      case FLOAT16 -> throw new IllegalArgumentException("float16: not on CPUs");
    };
  }

  private MemorySegment filled(SplittableRandom random, long count, Element type) {
    MemorySegment memory = arena.allocate(count * type.bytes(), ALIGNMENT);
    for (long i = 0; i < count; i++) {
      float value = (float) (random.nextDouble() - 0.5);
      switch (type) {
        case F32 -> memory.setAtIndex(JAVA_FLOAT_UNALIGNED, i, value);
        case BF16 ->
            memory.setAtIndex(
                JAVA_SHORT_UNALIGNED, i, (short) (Float.floatToRawIntBits(value) >>> 16));
        case S8, U8 -> memory.set(JAVA_BYTE, i, (byte) (value * 254));
        case S32 -> throw new IllegalArgumentException("s32: only ever a result");
      }
    }
    return memory;
  }

  private static double value(MemorySegment memory, Element type, long index) {
    return switch (type) {
      case F32 -> memory.getAtIndex(JAVA_FLOAT_UNALIGNED, index);
      case BF16 -> Float.intBitsToFloat(memory.getAtIndex(JAVA_SHORT_UNALIGNED, index) << 16);
      case S32 -> memory.getAtIndex(JAVA_INT_UNALIGNED, index);
      case S8 -> memory.get(JAVA_BYTE, index);
      case U8 -> memory.get(JAVA_BYTE, index) & 0xff;
    };
  }

  @Override
  public void close() {
    library.destroy("primitive", primitive);
    arena.close();
  }
}
