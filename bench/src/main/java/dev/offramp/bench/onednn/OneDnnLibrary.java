package dev.offramp.bench.onednn;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The functions of oneDNN's C API that a matrix product needs.
 *
 * <p>Ownership: the library stays loaded as long as its arena. Threading: one thread. Errors: a
 * status other than success is an IllegalStateException that names the function. Source: the
 * headers {@code dnnl.h} and {@code dnnl_types.h} of oneDNN 3.
 */
final class OneDnnLibrary {
  static final int ARG_SRC = 1;
  static final int ARG_DST = 17;
  static final int ARG_WEIGHTS = 33;

  /** Operands of what {@link #attributes} adds. */
  static final int ARG_BIAS = 41;

  /** Operands of LayerNorm. */
  static final int ARG_GAIN = 51;

  static final int ARG_SHIFT = 52;

  static final int ARG_RESIDUAL = 1 << 15 | 2;
  static final int ARG_ROW_SCALE = 1 << 12 | ARG_SRC;
  static final int ARG_WEIGHT_SCALES = 1 << 12 | ARG_WEIGHTS;

  private static final int GELU_ERF = 0x31;
  private static final int BINARY_ADD = 0x1fff0;
  private static final int INFERENCE = 96;
  private static final int USE_GAIN_AND_SHIFT = 0x2 | 0x4;
  private static final int CPU = 1;
  private static final int STREAM_IN_ORDER = 1;
  private static final int TAG_ANY = 1;
  private static final int QUERY_IMPLEMENTATION = 8;
  private static final int QUERY_WEIGHTS = 131;

  private final Arena arena;
  private final SymbolLookup symbols;
  private final MethodHandle execute;
  private final MethodHandle await;
  private final MemorySegment engine;
  private final MemorySegment stream;

  /** Element types of matrices. */
  enum Element {
    BF16(2, 2),
    F32(3, 4),
    S32(4, 4),
    S8(5, 1),
    U8(6, 1);

    private final int code;
    private final int bytes;

    Element(int code, int bytes) {
      this.code = code;
      this.bytes = bytes;
    }

    int bytes() {
      return bytes;
    }
  }

  private OneDnnLibrary(Path library, Arena arena) {
    this.arena = arena;
    this.symbols = SymbolLookup.libraryLookup(library, arena);
    this.execute = handle("dnnl_primitive_execute", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
    this.await = handle("dnnl_stream_wait", ADDRESS);
    this.engine = made("dnnl_engine_create", JAVA_INT, CPU, JAVA_LONG, 0L);
    this.stream = made("dnnl_stream_create", ADDRESS, engine, JAVA_INT, STREAM_IN_ORDER);
  }

  /** Loads {@code libdnnl.so.3} and, before it, the OpenMP runtime beside it. */
  static OneDnnLibrary load(Path library, Arena arena) {
    SymbolLookup.libraryLookup(library.resolveSibling("libgomp.so.1"), arena);
    return new OneDnnLibrary(library, arena);
  }

  /** The version, as in {@code 3.13.0}. */
  String version() {
    MemorySegment function = symbols.findOrThrow("dnnl_version");
    try {
      var numbers = MemoryLayout.sequenceLayout(3, JAVA_INT);
      MemorySegment version =
          (MemorySegment)
              Linker.nativeLinker()
                  .downcallHandle(
                      function, FunctionDescriptor.of(ADDRESS.withTargetLayout(numbers)))
                  .invokeExact();
      return "%d.%d.%d"
          .formatted(
              version.getAtIndex(JAVA_INT, 0),
              version.getAtIndex(JAVA_INT, 1),
              version.getAtIndex(JAVA_INT, 2));
    } catch (Throwable e) {
      throw failed("dnnl_version", e);
    }
  }

  /** A row-major matrix in memory. */
  MemorySegment matrix(long rows, long columns, Element type) {
    return made(
        "dnnl_memory_desc_create_with_strides",
        JAVA_INT,
        2,
        ADDRESS,
        arena.allocateFrom(JAVA_LONG, rows, columns),
        JAVA_INT,
        type.code,
        ADDRESS,
        arena.allocateFrom(JAVA_LONG, columns, 1L));
  }

  /** A vector of float32 in memory. */
  MemorySegment vector(long length) {
    return made(
        "dnnl_memory_desc_create_with_strides",
        JAVA_INT,
        1,
        ADDRESS,
        arena.allocateFrom(JAVA_LONG, length),
        JAVA_INT,
        Element.F32.code,
        ADDRESS,
        arena.allocateFrom(JAVA_LONG, 1L));
  }

  /** A matrix laid out as the implementation that is chosen likes it best. */
  MemorySegment anyLayout(long rows, long columns, Element type) {
    return made(
        "dnnl_memory_desc_create_with_tag",
        JAVA_INT,
        2,
        ADDRESS,
        arena.allocateFrom(JAVA_LONG, rows, columns),
        JAVA_INT,
        type.code,
        JAVA_INT,
        TAG_ANY);
  }

  /**
   * The description of a product.
   *
   * @param bias its layout, or NULL
   * @param attributes what comes after it, or NULL
   */
  MemorySegment product(
      MemorySegment x,
      MemorySegment weights,
      MemorySegment bias,
      MemorySegment y,
      MemorySegment attributes) {
    return made(
        "dnnl_matmul_primitive_desc_create",
        ADDRESS,
        engine,
        ADDRESS,
        x,
        ADDRESS,
        weights,
        ADDRESS,
        bias,
        ADDRESS,
        y,
        ADDRESS,
        attributes);
  }

  /**
   * What follows a product: scales of integers, one for all rows and one for each column, GELU in
   * the erf form, and the sum with a residual.
   *
   * @param residual its layout, or NULL
   */
  MemorySegment attributes(boolean scales, boolean gelu, MemorySegment residual) {
    MemorySegment attributes = made("dnnl_primitive_attr_create");
    if (scales) {
      setScales(attributes, ARG_SRC, 0);
      setScales(attributes, ARG_WEIGHTS, 1 << 1);
    }
    MemorySegment steps = made("dnnl_post_ops_create");
    if (gelu) {
      call(
          "dnnl_post_ops_append_eltwise",
          ADDRESS,
          steps,
          JAVA_INT,
          GELU_ERF,
          JAVA_FLOAT,
          0f,
          JAVA_FLOAT,
          0f);
    }
    if (!residual.equals(MemorySegment.NULL)) {
      call("dnnl_post_ops_append_binary", ADDRESS, steps, JAVA_INT, BINARY_ADD, ADDRESS, residual);
    }
    call("dnnl_primitive_attr_set_post_ops", ADDRESS, attributes, ADDRESS, steps);
    return attributes;
  }

  private void setScales(MemorySegment attributes, int argument, int mask) {
    call(
        "dnnl_primitive_attr_set_scales_mask",
        ADDRESS,
        attributes,
        JAVA_INT,
        argument,
        JAVA_INT,
        mask);
  }

  /** The description of LayerNorm over the columns of a float32 matrix, with gain and shift. */
  MemorySegment layerNorm(MemorySegment rows, float epsilon) {
    return made(
        "dnnl_layer_normalization_forward_primitive_desc_create",
        ADDRESS,
        engine,
        JAVA_INT,
        INFERENCE,
        ADDRESS,
        rows,
        ADDRESS,
        rows,
        ADDRESS,
        MemorySegment.NULL,
        JAVA_FLOAT,
        epsilon,
        JAVA_INT,
        USE_GAIN_AND_SHIFT,
        ADDRESS,
        MemorySegment.NULL);
  }

  /** The description of a change of layout or type. */
  MemorySegment reorder(MemorySegment from, MemorySegment to) {
    return made(
        "dnnl_reorder_primitive_desc_create",
        ADDRESS,
        from,
        ADDRESS,
        engine,
        ADDRESS,
        to,
        ADDRESS,
        engine,
        ADDRESS,
        MemorySegment.NULL);
  }

  /** The layout of weights that a product chose. */
  MemorySegment weightLayout(MemorySegment product) {
    MethodHandle query =
        Linker.nativeLinker()
            .downcallHandle(
                symbols.findOrThrow("dnnl_primitive_desc_query_md"),
                FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));
    try {
      return (MemorySegment) query.invokeExact(product, QUERY_WEIGHTS, 0);
    } catch (Throwable e) {
      throw failed("dnnl_primitive_desc_query_md", e);
    }
  }

  /** The name of the implementation that a product chose. */
  String implementation(MemorySegment product) {
    MemorySegment out = arena.allocate(ADDRESS);
    call(
        "dnnl_primitive_desc_query",
        ADDRESS,
        product,
        JAVA_INT,
        QUERY_IMPLEMENTATION,
        JAVA_INT,
        0,
        ADDRESS,
        out);
    return out.get(ADDRESS, 0).reinterpret(Long.MAX_VALUE).getString(0);
  }

  /** Code for a description. */
  MemorySegment primitive(MemorySegment description) {
    return made("dnnl_primitive_create", ADDRESS, description);
  }

  /** An operand over memory that the caller owns. */
  MemorySegment memory(MemorySegment layout, MemorySegment data) {
    return made("dnnl_memory_create", ADDRESS, layout, ADDRESS, engine, ADDRESS, data);
  }

  /** Bytes of a layout. */
  long bytes(MemorySegment layout) {
    MethodHandle size =
        Linker.nativeLinker()
            .downcallHandle(
                symbols.findOrThrow("dnnl_memory_desc_get_size"),
                FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    try {
      return (long) size.invokeExact(layout);
    } catch (Throwable e) {
      throw failed("dnnl_memory_desc_get_size", e);
    }
  }

  /** Runs code and waits for it. */
  void execute(MemorySegment primitive, int count, MemorySegment arguments) {
    try {
      require(
          "dnnl_primitive_execute", (int) execute.invokeExact(primitive, stream, count, arguments));
      require("dnnl_stream_wait", (int) await.invokeExact(stream));
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw failed("dnnl_primitive_execute", e);
    }
  }

  /** Operands by their number, as {@link #execute} takes them. */
  MemorySegment arguments(Object... numbersAndMemories) {
    int count = numbersAndMemories.length / 2;
    long size = 2 * ADDRESS.byteSize();
    MemorySegment arguments = arena.allocate(count * size, ADDRESS.byteAlignment());
    for (int i = 0; i < count; i++) {
      arguments.set(JAVA_INT, i * size, (int) numbersAndMemories[2 * i]);
      arguments.set(
          ADDRESS, i * size + ADDRESS.byteSize(), (MemorySegment) numbersAndMemories[2 * i + 1]);
    }
    return arguments;
  }

  /** Frees what one of the functions here made. */
  void destroy(String kind, MemorySegment object) {
    call("dnnl_" + kind + "_destroy", ADDRESS, object);
  }

  /** Calls a function whose first parameter takes the result. */
  private MemorySegment made(String function, Object... layoutsAndValues) {
    MemorySegment out = arena.allocate(ADDRESS);
    Object[] all = new Object[layoutsAndValues.length + 2];
    all[0] = ADDRESS;
    all[1] = out;
    System.arraycopy(layoutsAndValues, 0, all, 2, layoutsAndValues.length);
    call(function, all);
    return out.get(ADDRESS, 0);
  }

  private void call(String function, Object... layoutsAndValues) {
    int count = layoutsAndValues.length / 2;
    var layouts = new MemoryLayout[count];
    var values = new Object[count];
    for (int i = 0; i < count; i++) {
      layouts[i] = (MemoryLayout) layoutsAndValues[2 * i];
      values[i] = layoutsAndValues[2 * i + 1];
    }
    try {
      require(function, (int) handle(function, layouts).invokeWithArguments(values));
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw failed(function, e);
    }
  }

  private MethodHandle handle(String function, MemoryLayout... parameters) {
    return Linker.nativeLinker()
        .downcallHandle(symbols.findOrThrow(function), FunctionDescriptor.of(JAVA_INT, parameters));
  }

  private static void require(String function, int status) {
    if (status != 0) {
      throw new IllegalStateException(function + ": status " + status + " (expected: 0)");
    }
  }

  private static IllegalStateException failed(String function, Throwable e) {
    return new IllegalStateException(function + " cannot be called", e);
  }
}
