package dev.offramp.compiler.tvm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The C functions of {@code tvm/runtime/c_runtime_api.h} that we use, one method each.
 *
 * <p>Handles are {@code static final}, so the JIT compiler sees through them. Loading this class
 * needs {@link TvmNatives#symbols} to have succeeded.
 */
final class TvmSymbols {
  private static final SymbolLookup SYMBOLS = TvmNatives.symbols();

  private static final MethodHandle GET_LAST_ERROR =
      find("TVMGetLastError", FunctionDescriptor.of(ADDRESS));
  private static final MethodHandle SET_LAST_ERROR =
      find("TVMAPISetLastError", FunctionDescriptor.ofVoid(ADDRESS));
  private static final MethodHandle FUNC_GET_GLOBAL = status("TVMFuncGetGlobal", ADDRESS, ADDRESS);
  private static final MethodHandle FUNC_LIST_GLOBAL_NAMES =
      status("TVMFuncListGlobalNames", ADDRESS, ADDRESS);
  private static final MethodHandle FUNC_CALL =
      status("TVMFuncCall", ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle FUNC_CREATE =
      status("TVMFuncCreateFromCFunc", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle FUNC_FREE = status("TVMFuncFree", ADDRESS);
  private static final MethodHandle CFUNC_SET_RETURN =
      status("TVMCFuncSetReturn", ADDRESS, ADDRESS, ADDRESS, JAVA_INT);
  private static final MethodHandle CB_ARG_TO_RETURN = status("TVMCbArgToReturn", ADDRESS, ADDRESS);
  private static final MethodHandle MOD_GET_FUNCTION =
      status("TVMModGetFunction", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
  private static final MethodHandle MOD_FREE = status("TVMModFree", ADDRESS);
  private static final MethodHandle ARRAY_ALLOC =
      status(
          "TVMArrayAlloc",
          ADDRESS,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          JAVA_INT,
          ADDRESS);
  private static final MethodHandle ARRAY_COPY =
      status("TVMArrayCopyFromTo", ADDRESS, ADDRESS, ADDRESS);
  private static final MethodHandle ARRAY_FREE = status("TVMArrayFree", ADDRESS);
  private static final MethodHandle OBJECT_RETAIN = status("TVMObjectRetain", ADDRESS);
  private static final MethodHandle OBJECT_FREE = status("TVMObjectFree", ADDRESS);
  private static final MethodHandle OBJECT_GET_TYPE_INDEX =
      status("TVMObjectGetTypeIndex", ADDRESS, ADDRESS);
  private static final MethodHandle OBJECT_TYPE_INDEX_TO_KEY =
      status("TVMObjectTypeIndex2Key", JAVA_INT, ADDRESS);

  private TvmSymbols() {}

  static MemorySegment getLastError() {
    try {
      return (MemorySegment) GET_LAST_ERROR.invokeExact();
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static void setLastError(MemorySegment message) {
    try {
      SET_LAST_ERROR.invokeExact(message);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int funcGetGlobal(MemorySegment name, MemorySegment outFunction) {
    try {
      return (int) FUNC_GET_GLOBAL.invokeExact(name, outFunction);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int funcListGlobalNames(MemorySegment outSize, MemorySegment outNames) {
    try {
      return (int) FUNC_LIST_GLOBAL_NAMES.invokeExact(outSize, outNames);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int funcCall(
      MemorySegment function,
      MemorySegment values,
      MemorySegment codes,
      int count,
      MemorySegment outValue,
      MemorySegment outCode) {
    try {
      return (int) FUNC_CALL.invokeExact(function, values, codes, count, outValue, outCode);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int funcCreateFromCFunc(
      MemorySegment body,
      MemorySegment resource,
      MemorySegment finalizer,
      MemorySegment outFunction) {
    try {
      return (int) FUNC_CREATE.invokeExact(body, resource, finalizer, outFunction);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int funcFree(MemorySegment function) {
    try {
      return (int) FUNC_FREE.invokeExact(function);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int cFuncSetReturn(
      MemorySegment result, MemorySegment value, MemorySegment code, int count) {
    try {
      return (int) CFUNC_SET_RETURN.invokeExact(result, value, code, count);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int cbArgToReturn(MemorySegment value, MemorySegment code) {
    try {
      return (int) CB_ARG_TO_RETURN.invokeExact(value, code);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int modGetFunction(
      MemorySegment module, MemorySegment name, int queryImports, MemorySegment outFunction) {
    try {
      return (int) MOD_GET_FUNCTION.invokeExact(module, name, queryImports, outFunction);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int modFree(MemorySegment module) {
    try {
      return (int) MOD_FREE.invokeExact(module);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int arrayAlloc(
      MemorySegment shape,
      int dimensions,
      int typeCode,
      int typeBits,
      int typeLanes,
      int deviceType,
      int deviceId,
      MemorySegment outArray) {
    try {
      return (int)
          ARRAY_ALLOC.invokeExact(
              shape, dimensions, typeCode, typeBits, typeLanes, deviceType, deviceId, outArray);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int arrayCopy(MemorySegment from, MemorySegment to) {
    try {
      return (int) ARRAY_COPY.invokeExact(from, to, MemorySegment.NULL);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int arrayFree(MemorySegment array) {
    try {
      return (int) ARRAY_FREE.invokeExact(array);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int objectRetain(MemorySegment object) {
    try {
      return (int) OBJECT_RETAIN.invokeExact(object);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int objectFree(MemorySegment object) {
    try {
      return (int) OBJECT_FREE.invokeExact(object);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int objectGetTypeIndex(MemorySegment object, MemorySegment outIndex) {
    try {
      return (int) OBJECT_GET_TYPE_INDEX.invokeExact(object, outIndex);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static int objectTypeIndexToKey(int index, MemorySegment outKey) {
    try {
      return (int) OBJECT_TYPE_INDEX_TO_KEY.invokeExact(index, outKey);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** A C function that returns 0 for success. */
  private static MethodHandle status(String name, MemoryLayout... arguments) {
    return find(name, FunctionDescriptor.of(JAVA_INT, arguments));
  }

  private static MethodHandle find(String name, FunctionDescriptor descriptor) {
    MemorySegment address =
        SYMBOLS
            .find(name)
            .orElseThrow(() ->
                new TvmUnavailableException(
                    "libtvm.so has no symbol " + name + ": is it another version of TVM?"));
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }

  private static RuntimeException unexpected(Throwable t) {
    return switch (t) {
      case Error error -> throw error;
      case RuntimeException exception -> exception;
      default -> new IllegalStateException(t);
    };
  }
}
