package dev.offramp.compiler.tvm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * TVM's C API: arenas for what a call needs, conversion both ways, errors as exceptions.
 *
 * <p>Threading: any number of threads. TVM keeps its error text for each thread, and a call and the
 * reading of its error happen on one.
 */
final class ForeignTvmLibrary implements TvmLibrary {
  static final int CODE_INT = 0;
  static final int CODE_FLOAT = 2;
  static final int CODE_NULL = 4;
  static final int CODE_TEXT = 11;
  static final int CODE_BOOL = 15;

  /** A {@code const char*} of unknown length. */
  private static final AddressLayout C_STRING =
      ADDRESS.withTargetLayout(
          MemoryLayout.sequenceLayout(Long.MAX_VALUE, MemoryLayout.paddingLayout(1)));

  private final TvmCallbacks callbacks = new TvmCallbacks();

  @Override
  public long globalFunction(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      check("TVMFuncGetGlobal", TvmSymbols.funcGetGlobal(arena.allocateFrom(name), out));
      return out.get(JAVA_LONG, 0);
    }
  }

  @Override
  public List<String> globalFunctionNames() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(JAVA_INT);
      MemorySegment out = arena.allocate(ADDRESS);
      check("TVMFuncListGlobalNames", TvmSymbols.funcListGlobalNames(size, out));
      int count = size.get(JAVA_INT, 0);
      MemorySegment names = out.get(ADDRESS, 0).reinterpret(count * ADDRESS.byteSize());
      var result = new ArrayList<String>(count);
      for (int i = 0; i < count; i++) {
        result.add(names.getAtIndex(C_STRING, i).getString(0));
      }
      result.sort(null);
      return List.copyOf(result);
    }
  }

  @Override
  public NativeValue call(long function, String name, List<NativeValue> arguments) {
    try (Arena arena = Arena.ofConfined();
        TvmCallbacks.Watch watch = callbacks.watch()) {
      int count = arguments.size();
      MemorySegment values = arena.allocate(JAVA_LONG, count + 1L);
      MemorySegment codes = arena.allocate(JAVA_INT, count + 1L);
      for (int i = 0; i < count; i++) {
        store(arguments.get(i), values, codes, i, arena);
      }
      MemorySegment outValue = values.asSlice(count * JAVA_LONG.byteSize());
      MemorySegment outCode = codes.asSlice(count * JAVA_INT.byteSize());
      int status =
          TvmSymbols.funcCall(
              MemorySegment.ofAddress(function), values, codes, count, outValue, outCode);
      if (status != 0) {
        throw TvmException.of(name, lastError(), watch.thrown());
      }
      return load(name, outValue.get(JAVA_LONG, 0), outCode.get(JAVA_INT, 0));
    }
  }

  @Override
  public long createFunction(NativeCallback body) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      long id = callbacks.add(body);
      int status =
          TvmSymbols.funcCreateFromCFunc(
              TvmCallbacks.BODY, MemorySegment.ofAddress(id), TvmCallbacks.FINALIZER, out);
      check("TVMFuncCreateFromCFunc", status);
      return out.get(JAVA_LONG, 0);
    }
  }

  @Override
  public long moduleFunction(long module, String name, boolean searchImports) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      int status =
          TvmSymbols.modGetFunction(
              MemorySegment.ofAddress(module),
              arena.allocateFrom(name),
              searchImports ? 1 : 0,
              out);
      check("TVMModGetFunction", status);
      return out.get(JAVA_LONG, 0);
    }
  }

  @Override
  public long allocateArray(TvmDevice device, ElementType type, long[] shape) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ADDRESS);
      int status =
          TvmSymbols.arrayAlloc(
              arena.allocateFrom(JAVA_LONG, shape),
              shape.length,
              type.code(),
              ElementType.BYTES * Byte.SIZE,
              1,
              device.code(),
              0,
              out);
      check("TVMArrayAlloc", status);
      return out.get(JAVA_LONG, 0);
    }
  }

  @Override
  public void copyArray(long from, long to) {
    check(
        "TVMArrayCopyFromTo",
        TvmSymbols.arrayCopy(MemorySegment.ofAddress(from), MemorySegment.ofAddress(to)));
  }

  @Override
  public ByteBuffer arrayMemory(long array, long bytes) {
    // The first field of a DLTensor is its data pointer.
    MemorySegment data =
        MemorySegment.ofAddress(array).reinterpret(ADDRESS.byteSize()).get(ADDRESS, 0);
    return data.reinterpret(bytes).asByteBuffer().order(ByteOrder.nativeOrder());
  }

  @Override
  public void retain(long object) {
    check("TVMObjectRetain", TvmSymbols.objectRetain(MemorySegment.ofAddress(object)));
  }

  @Override
  public void free(HandleKind kind, long handle) {
    MemorySegment address = MemorySegment.ofAddress(handle);
    switch (kind) {
      case OBJECT -> check("TVMObjectFree", TvmSymbols.objectFree(address));
      case MODULE -> check("TVMModFree", TvmSymbols.modFree(address));
      case FUNCTION -> check("TVMFuncFree", TvmSymbols.funcFree(address));
      case ARRAY -> check("TVMArrayFree", TvmSymbols.arrayFree(address));
    }
  }

  @Override
  public String typeKey(long object) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment index = arena.allocate(JAVA_INT);
      check(
          "TVMObjectGetTypeIndex",
          TvmSymbols.objectGetTypeIndex(MemorySegment.ofAddress(object), index));
      MemorySegment key = arena.allocate(ADDRESS);
      check("TVMObjectTypeIndex2Key", TvmSymbols.objectTypeIndexToKey(index.get(JAVA_INT, 0), key));
      MemorySegment text = key.get(C_STRING, 0);
      try {
        return text.getString(0);
      } finally {
        // The one string of this API that the caller owns.
        CStrings.free(text);
      }
    }
  }

  static void store(
      NativeValue argument, MemorySegment values, MemorySegment codes, int i, Arena arena) {
    switch (argument) {
      case NativeValue.Null() -> put(values, codes, i, 0, CODE_NULL);
      case NativeValue.Bool(boolean value) -> put(values, codes, i, value ? 1 : 0, CODE_BOOL);
      case NativeValue.Int(long value) -> put(values, codes, i, value, CODE_INT);
      case NativeValue.Real(double value) -> {
        values.setAtIndex(JAVA_DOUBLE, i, value);
        codes.setAtIndex(JAVA_INT, i, CODE_FLOAT);
      }
      case NativeValue.Text(String value) ->
          put(values, codes, i, arena.allocateFrom(value).address(), CODE_TEXT);
      case NativeValue.Handle(HandleKind kind, long address) ->
          put(values, codes, i, address, kind.code());
    }
  }

  private static void put(MemorySegment values, MemorySegment codes, int i, long value, int code) {
    values.setAtIndex(JAVA_LONG, i, value);
    codes.setAtIndex(JAVA_INT, i, code);
  }

  static NativeValue load(String name, long value, int code) {
    for (HandleKind kind : HandleKind.values()) {
      if (kind.code() == code) {
        return new NativeValue.Handle(kind, value);
      }
    }
    return switch (code) {
      case CODE_INT -> new NativeValue.Int(value);
      case CODE_BOOL -> new NativeValue.Bool(value != 0);
      case CODE_FLOAT -> new NativeValue.Real(Double.longBitsToDouble(value));
      case CODE_NULL -> NativeValue.NULL;
      case CODE_TEXT -> new NativeValue.Text(text(MemorySegment.ofAddress(value)));
      default ->
          throw TvmException.of(
              name, "value of type code %d (expected: one we know)".formatted(code), null);
    };
  }

  private static String text(MemorySegment address) {
    return address.reinterpret(Long.MAX_VALUE).getString(0);
  }

  private static String lastError() {
    MemorySegment error = TvmSymbols.getLastError();
    return error.equals(MemorySegment.NULL) ? "" : text(error);
  }

  private static void check(String function, int status) {
    if (status != 0) {
      throw TvmException.of(function, lastError(), (Throwable) null);
    }
  }
}
