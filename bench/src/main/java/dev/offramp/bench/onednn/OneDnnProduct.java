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
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A product {@code y[T, N] = x[T, K] w[K, N]} of random matrices, the weights laid out as oneDNN
 * chose. bf16 sums in float32; int8 is unsigned rows times signed weights, summed in int32.
 *
 * <p>Bare it is nothing but that. With what follows it in a layer it adds a bias and what its
 * {@link OneDnn.Epilogue} says, and integers are scaled to float32 first; rows come in the
 * product's type already. The whole of a kernel's job is more: rows come as float32 and are
 * converted, and LayerNorm follows a residual.
 *
 * <p>Ownership: close it to free its memory. Threading: one thread.
 */
final class OneDnnProduct implements AutoCloseable {
  private static final int ALIGNMENT = 64;
  private static final long SEED = 7;
  private static final float EPSILON = 1e-12f;

  /** Of quantized rows and weights; a power of two, so that it rounds nothing. */
  private static final float SCALE = 1f / 256;

  private final OneDnnLibrary library;
  private final Arena arena = Arena.ofConfined();
  private final List<Step> steps = new ArrayList<>();
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
  private final @Nullable Norm norm;
  private final OneDnn.Epilogue epilogue;

  /** Code and its operands. */
  private record Step(MemorySegment primitive, int count, MemorySegment arguments) {}

  /** LayerNorm's parameters. */
  private record Norm(MemorySegment gain, MemorySegment shift) {}

  OneDnnProduct(
      OneDnnLibrary library,
      int rows,
      int inner,
      int outer,
      Precision precision,
      OneDnn.Epilogue epilogue,
      boolean whole) {
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
    MemorySegment xMemory = library.memory(xLayout, x);
    if (whole && inputType != Element.F32) {
      MemorySegment floats = arena.allocate((long) rows * inner * Float.BYTES, ALIGNMENT);
      for (long i = 0; i < (long) rows * inner; i++) {
        floats.setAtIndex(JAVA_FLOAT_UNALIGNED, i, (float) value(x, inputType, i));
      }
      MemorySegment layout = library.matrix(rows, inner, Element.F32);
      step(
          library.reorder(layout, xLayout),
          OneDnnLibrary.ARG_SRC,
          library.memory(layout, floats),
          OneDnnLibrary.ARG_DST,
          xMemory);
    }
    MemorySegment yMemory = library.memory(yLayout, y);
    var operands =
        new ArrayList<Object>(
            List.of(
                OneDnnLibrary.ARG_SRC,
                xMemory,
                OneDnnLibrary.ARG_WEIGHTS,
                packedMemory,
                OneDnnLibrary.ARG_DST,
                yMemory));
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
    step(product, operands.toArray());
    if (whole && epilogue == OneDnn.Epilogue.RESIDUAL) {
      norm = new Norm(filled(random, outer, Element.F32), filled(random, outer, Element.F32));
      MemorySegment layout = library.vector(outer);
      step(
          library.layerNorm(yLayout, EPSILON),
          OneDnnLibrary.ARG_SRC,
          yMemory,
          OneDnnLibrary.ARG_DST,
          yMemory,
          OneDnnLibrary.ARG_GAIN,
          library.memory(layout, norm.gain()),
          OneDnnLibrary.ARG_SHIFT,
          library.memory(layout, norm.shift()));
    } else {
      norm = null;
    }
  }

  private void step(MemorySegment description, Object... operands) {
    steps.add(
        new Step(library.primitive(description), operands.length / 2, library.arguments(operands)));
  }

  /** What oneDNN calls the code that it chose. */
  String implementation() {
    return implementation;
  }

  /** Does the job so many times; how long that took. */
  long nanos(int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      for (Step step : steps) {
        library.execute(step.primitive(), step.count(), step.arguments());
      }
    }
    return System.nanoTime() - start;
  }

  /** Does the job and compares some elements with plain Java; the furthest, relative to K. */
  double maxError() {
    nanos(1);
    double furthest = 0;
    int samples = norm == null ? 64 : 2;
    for (int sample = 0; sample < samples; sample++) {
      int t = (int) (sample * 2654435761L % rows);
      if (norm == null) {
        int n = (int) (sample * 40503L % outer);
        furthest = Math.max(furthest, Math.abs(result(t, n) - expected(t, n)));
      } else {
        double[] row = IntStream.range(0, outer).mapToDouble(n -> expected(t, n)).toArray();
        double[] normal = normalized(row, norm);
        for (int n = 0; n < outer; n++) {
          furthest = Math.max(furthest, Math.abs(result(t, n) - normal[n]));
        }
      }
    }
    return furthest / inner;
  }

  private double result(int t, int n) {
    return value(y, outputType, (long) t * outer + n);
  }

  private double expected(int t, int n) {
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
    return switch (epilogue) {
      case NONE, BIAS -> sum;
      case GELU -> PlainKernels.gelu(sum);
      case RESIDUAL -> sum + value(residual, Element.F32, (long) t * outer + n);
    };
  }

  private static double[] normalized(double[] row, Norm norm) {
    double mean = Arrays.stream(row).average().orElseThrow();
    double variance = Arrays.stream(row).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    var normal = new double[row.length];
    for (int n = 0; n < row.length; n++) {
      normal[n] =
          (row[n] - mean) / Math.sqrt(variance + EPSILON) * value(norm.gain(), Element.F32, n)
              + value(norm.shift(), Element.F32, n);
    }
    return normal;
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
        // Seven bits of weights: before VNNI two products are summed in 16 bits, which saturate.
        case S8 -> memory.set(JAVA_BYTE, i, (byte) (value * 126));
        case U8 -> memory.set(JAVA_BYTE, i, (byte) (value * 254));
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
    steps.forEach(step -> library.destroy("primitive", step.primitive()));
    arena.close();
  }
}
