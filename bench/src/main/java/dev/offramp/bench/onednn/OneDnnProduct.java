package dev.offramp.bench.onednn;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.offramp.bench.onednn.OneDnnLibrary.Element;
import dev.offramp.compiler.check.PlainKernels;
import dev.offramp.model.artifact.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A product {@code y[T, N] = x[T, K] w[K, N]} of random matrices, the weights laid out as oneDNN
 * chose. bf16 sums in float32; int8 is unsigned rows times signed weights, summed in int32.
 *
 * <p>Bare it is nothing but that. With what follows it in a layer it adds a bias and what its
 * {@link OneDnn.Epilogue} says, and integers are scaled to float32 first; rows come quantized
 * already.
 *
 * <p>Ownership: close it to free its memory. Threading: one thread.
 */
final class OneDnnProduct implements AutoCloseable {
  private static final int ALIGNMENT = 64;
  private static final long SEED = 7;

  /** Of quantized rows and weights; a power of two, so that it rounds nothing. */
  private static final float SCALE = 1f / 256;

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
  private final MemorySegment bias;
  private final MemorySegment residual;
  private final MemorySegment rowScale;
  private final MemorySegment weightScales;
  private final OneDnn.Epilogue epilogue;
  private final int count;

  OneDnnProduct(
      OneDnnLibrary library,
      int rows,
      int inner,
      int outer,
      Precision precision,
      OneDnn.Epilogue epilogue) {
    this.library = library;
    this.epilogue = epilogue;
    this.rows = rows;
    this.inner = inner;
    this.outer = outer;
    inputType = type(precision, Element.U8);
    weightType = type(precision, Element.S8);
    boolean bare = epilogue == OneDnn.Epilogue.NONE;
    boolean integers = precision == Precision.INT8;
    outputType = integers && bare ? Element.S32 : Element.F32;
    var random = new SplittableRandom(SEED);
    x = filled(random, (long) rows * inner, inputType);
    weights = filled(random, (long) inner * outer, weightType);
    y = arena.allocate((long) rows * outer * outputType.bytes(), ALIGNMENT);
    MemorySegment xLayout = library.matrix(rows, inner, inputType);
    MemorySegment yLayout = library.matrix(rows, outer, outputType);
    MemorySegment wLayout = library.matrix(inner, outer, weightType);
    bias = filled(random, outer, Element.F32);
    residual = filled(random, (long) rows * outer, Element.F32);
    rowScale = arena.allocate(Float.BYTES, ALIGNMENT);
    rowScale.set(JAVA_FLOAT_UNALIGNED, 0, integers ? SCALE : 1);
    weightScales = arena.allocate((long) outer * Float.BYTES, ALIGNMENT);
    for (int n = 0; n < outer; n++) {
      weightScales.setAtIndex(JAVA_FLOAT_UNALIGNED, n, integers ? SCALE : 1);
    }
    MemorySegment residualLayout = library.matrix(rows, outer, Element.F32);
    MemorySegment biasLayout = library.matrix(1, outer, Element.F32);
    MemorySegment product =
        library.product(
            xLayout,
            library.anyLayout(inner, outer, weightType),
            bare ? MemorySegment.NULL : biasLayout,
            yLayout,
            bare
                ? MemorySegment.NULL
                : library.attributes(
                    integers,
                    epilogue == OneDnn.Epilogue.GELU,
                    epilogue == OneDnn.Epilogue.RESIDUAL ? residualLayout : MemorySegment.NULL));
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
    var operands =
        new ArrayList<Object>(
            List.of(
                OneDnnLibrary.ARG_SRC,
                library.memory(xLayout, x),
                OneDnnLibrary.ARG_WEIGHTS,
                packedMemory,
                OneDnnLibrary.ARG_DST,
                library.memory(yLayout, y)));
    if (!bare) {
      operands.add(OneDnnLibrary.ARG_BIAS);
      operands.add(library.memory(biasLayout, bias));
    }
    if (!bare && integers) {
      operands.add(OneDnnLibrary.ARG_ROW_SCALE);
      operands.add(library.memory(library.vector(1), rowScale));
      operands.add(OneDnnLibrary.ARG_WEIGHT_SCALES);
      operands.add(library.memory(library.vector(outer), weightScales));
    }
    if (epilogue == OneDnn.Epilogue.RESIDUAL) {
      operands.add(OneDnnLibrary.ARG_RESIDUAL);
      operands.add(library.memory(residualLayout, residual));
    }
    count = operands.size() / 2;
    arguments = library.arguments(operands.toArray());
  }

  /** What oneDNN calls the code that it chose. */
  String implementation() {
    return implementation;
  }

  /** Runs the product so many times; how long that took. */
  long nanos(int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      library.execute(primitive, count, arguments);
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
      if (epilogue != OneDnn.Epilogue.NONE) {
        sum *= rowScale.get(JAVA_FLOAT_UNALIGNED, 0) * value(weightScales, Element.F32, n);
        sum += value(bias, Element.F32, n);
      }
      sum =
          switch (epilogue) {
            case NONE, BIAS -> sum;
            case GELU -> PlainKernels.gelu(sum);
            case RESIDUAL -> sum + value(residual, Element.F32, (long) t * outer + n);
          };
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
