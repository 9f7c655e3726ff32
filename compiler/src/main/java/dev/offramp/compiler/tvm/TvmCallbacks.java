package dev.offramp.compiler.tvm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/*
 * Calls from TVM into Java.
 *
 * There is one upcall stub for all callbacks: the C API passes a resource pointer along, and ours is
 * a number that finds the Java function in a map. When TVM drops its last reference it calls the
 * finalizer with the same number, and the entry goes. So a callback costs no executable memory and
 * lives exactly as long as TVM can call it.
 *
 * An exception must not unwind through C++ frames: the stub returns -1 with the message as TVM's
 * error and keeps the exception for the thread, where the Java call that started it all picks it up
 * as the cause of its TvmException. A watch brackets that call, so that an exception which TVM
 * swallowed is not blamed for a later failure.
 */

/** The Java functions that TVM may call, and the exceptions that they threw. */
final class TvmCallbacks {
  static final MemorySegment BODY;
  static final MemorySegment FINALIZER;

  private static final AtomicLong NEXT_ID = new AtomicLong(1);
  private static final Map<Long, NativeCallback> FUNCTIONS = new ConcurrentHashMap<>();
  private static final ThreadLocal<@Nullable Throwable> THROWN = new ThreadLocal<>();

  /** Type code of a pointer to an object handle that the callee may take over. */
  private static final int CODE_MOVED_OBJECT = 14;

  static {
    try {
      var lookup = MethodHandles.lookup();
      BODY =
          Linker.nativeLinker()
              .upcallStub(
                  lookup.findStatic(
                      TvmCallbacks.class,
                      "body",
                      MethodType.methodType(
                          int.class,
                          MemorySegment.class,
                          MemorySegment.class,
                          int.class,
                          MemorySegment.class,
                          MemorySegment.class)),
                  FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS),
                  Arena.global());
      FINALIZER =
          Linker.nativeLinker()
              .upcallStub(
                  lookup.findStatic(
                      TvmCallbacks.class,
                      "finalizer",
                      MethodType.methodType(void.class, MemorySegment.class)),
                  FunctionDescriptor.ofVoid(ADDRESS),
                  Arena.global());
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** One call into TVM, during which callbacks may throw. */
  static final class Watch implements AutoCloseable {
    private final @Nullable Throwable outer = THROWN.get();

    private Watch() {
      THROWN.remove();
    }

    /** What a callback threw since the watch began, if anything. */
    @Nullable Throwable thrown() {
      return THROWN.get();
    }

    @Override
    public void close() {
      if (outer == null) {
        THROWN.remove();
      } else {
        THROWN.set(outer);
      }
    }
  }

  Watch watch() {
    return new Watch();
  }

  /** Keeps a function until TVM's finalizer releases it. */
  long add(NativeCallback function) {
    long id = NEXT_ID.getAndIncrement();
    FUNCTIONS.put(id, function);
    return id;
  }

  /** The number of functions that TVM still holds. */
  static int held() {
    return FUNCTIONS.size();
  }

  @SuppressWarnings("unused") // called by TVM
  private static int body(
      MemorySegment values,
      MemorySegment codes,
      int count,
      MemorySegment result,
      MemorySegment resource) {
    try (Arena arena = Arena.ofConfined()) {
      NativeCallback function = FUNCTIONS.get(resource.address());
      if (function == null) {
        throw new IllegalStateException("callback " + resource.address() + " is gone");
      }
      function.call(
          arguments(values, codes, count, arena), answer -> answer(answer, result, arena));
      return 0;
    } catch (Throwable t) {
      THROWN.set(t);
      try (Arena arena = Arena.ofConfined()) {
        TvmSymbols.setLastError(arena.allocateFrom("CallbackError: " + t));
      }
      return -1;
    }
  }

  private static void answer(NativeValue answer, MemorySegment result, Arena arena) {
    MemorySegment value = arena.allocate(JAVA_LONG);
    MemorySegment code = arena.allocate(JAVA_INT);
    ForeignTvmLibrary.store(answer, value, code, 0, arena);
    if (TvmSymbols.cFuncSetReturn(result, value, code, 1) != 0) {
      throw new IllegalStateException("TVM takes no answer " + answer);
    }
  }

  /** Handles are lent by TVM for the call; we take a reference of our own to each. */
  private static List<NativeValue> arguments(
      MemorySegment values, MemorySegment codes, int count, Arena arena) {
    MemorySegment allValues = values.reinterpret(count * JAVA_LONG.byteSize());
    MemorySegment allCodes = codes.reinterpret(count * JAVA_INT.byteSize());
    var arguments = new ArrayList<NativeValue>(count);
    for (int i = 0; i < count; i++) {
      MemorySegment value = arena.allocateFrom(JAVA_LONG, allValues.getAtIndex(JAVA_LONG, i));
      MemorySegment code = arena.allocateFrom(JAVA_INT, allCodes.getAtIndex(JAVA_INT, i));
      if (isCounted(code.get(JAVA_INT, 0)) && TvmSymbols.cbArgToReturn(value, code) != 0) {
        throw new IllegalStateException("cannot take argument " + i + " of a callback");
      }
      arguments.add(
          ForeignTvmLibrary.load("callback", value.get(JAVA_LONG, 0), code.get(JAVA_INT, 0)));
    }
    return arguments;
  }

  private static boolean isCounted(int code) {
    if (code == CODE_MOVED_OBJECT) {
      return true;
    }
    for (HandleKind kind : HandleKind.values()) {
      if (kind.code() == code) {
        return true;
      }
    }
    return false;
  }

  @SuppressWarnings("unused") // called by TVM
  private static void finalizer(MemorySegment resource) {
    FUNCTIONS.remove(resource.address());
  }
}
