package dev.offramp.server.natives;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The CPUs that threads run on, as Linux lets them be chosen.
 *
 * <p>Threading: safe for all threads.
 */
public final class CpuAffinity {

  private static final Logger log = LogManager.getLogger(CpuAffinity.class);

  /** As many CPUs as a mask has room for: more than Linux counts. */
  private static final int MOST = 8192;

  /** {@code int f(pid_t pid, size_t bytes, cpu_set_t *mask)}. */
  private static final FunctionDescriptor TYPE =
      FunctionDescriptor.of(
          ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS);

  private static final Optional<MethodHandle> GET = Libc.function("sched_getaffinity", TYPE);
  private static final Optional<MethodHandle> SET = Libc.function("sched_setaffinity", TYPE);

  /** The calling thread, to the kernel. */
  private static final int SELF = 0;

  /**
   * The CPUs that this process may use, as containers and {@code taskset} leave them to it, by
   * number. It does not matter how the calling thread is pinned. Empty where the platform does not
   * say.
   */
  public static List<Integer> available() {
    return cpusOf(Math.toIntExact(ProcessHandle.current().pid()));
  }

  /** Binds the calling worker to one of the CPUs that this process may use, in turn. */
  public static void pinWorker(int worker) {
    List<Integer> cpus = available();
    if (cpus.isEmpty() || !pin(cpus.get(worker % cpus.size()))) {
      log.warn("Worker {} could not be bound to a CPU and runs on any", worker);
    }
  }

  /**
   * Keeps the calling thread on one CPU from now on.
   *
   * @return whether it stays there; if not, nothing has changed: the platform cannot do it, the
   *     process may not use that CPU, or the thread is virtual, whose carrier is not its own
   */
  public static boolean pin(int cpu) {
    if (SET.isEmpty() || cpu < 0 || cpu >= MOST || Thread.currentThread().isVirtual()) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(MOST / Byte.SIZE);
      mask.set(ValueLayout.JAVA_BYTE, cpu / Byte.SIZE, (byte) (1 << cpu % Byte.SIZE));
      return call(SET.get(), SELF, mask) == 0;
    }
  }

  /** The CPUs that the calling thread may run on. */
  static List<Integer> current() {
    return cpusOf(SELF);
  }

  private static List<Integer> cpusOf(int thread) {
    if (GET.isEmpty()) {
      return List.of();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(MOST / Byte.SIZE);
      if (call(GET.get(), thread, mask) != 0) {
        return List.of();
      }
      // x86-64 and AArch64 are little-endian: bit n of the mask is bit n % 8 of byte n / 8.
      return IntStream.range(0, MOST)
          .filter(
              cpu -> (mask.get(ValueLayout.JAVA_BYTE, cpu / Byte.SIZE) >> cpu % Byte.SIZE & 1) != 0)
          .boxed()
          .toList();
    }
  }

  private static int call(MethodHandle function, int thread, MemorySegment mask) {
    try {
      return (int) function.invokeExact(thread, mask.byteSize(), mask);
    } catch (Throwable e) {
      throw new AssertionError("a call of prepared arguments does not throw", e);
    }
  }

  private CpuAffinity() {}
}
