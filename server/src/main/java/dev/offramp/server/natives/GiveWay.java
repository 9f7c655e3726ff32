package dev.offramp.server.natives;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/*
 * Java's own priorities do nothing on Linux unless a flag of the JVM says otherwise. Linux gives each
 * thread a nice value of its own, whatever POSIX says, and setpriority(2) sets that of the calling
 * thread. Elsewhere it would set the whole process's.
 */

/**
 * Threads that run where others leave a CPU idle, as Linux lets them.
 *
 * <p>Threading: safe for all threads.
 */
public final class GiveWay {
  private static final int PRIO_PROCESS = 0;
  private static final int SELF = 0;
  private static final int NICEST = 19;

  /** {@code int f(int which, id_t who, int value)}. */
  private static final FunctionDescriptor TYPE =
      FunctionDescriptor.of(
          ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

  private static final Optional<MethodHandle> SET =
      System.getProperty("os.name", "").equals("Linux")
          ? Libc.function("setpriority", TYPE)
          : Optional.empty();

  /**
   * Lets the calling thread, for good, give way to all others of usual priority.
   *
   * @return whether it does; if not, nothing has changed: the platform cannot do it, or the thread
   *     is virtual, whose carrier is not its own
   */
  public static boolean fromNowOn() {
    if (SET.isEmpty() || Thread.currentThread().isVirtual()) {
      return false;
    }
    try {
      return (int) SET.get().invokeExact(PRIO_PROCESS, SELF, NICEST) == 0;
    } catch (Throwable e) {
      throw new AssertionError("a call of prepared arguments does not throw", e);
    }
  }

  private GiveWay() {}
}
