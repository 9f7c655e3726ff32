package dev.offramp.server.natives;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/*
 * Java's own priorities do nothing on Linux unless a flag of the JVM says otherwise. Linux gives each
 * thread a nice value of its own, whatever POSIX says, and setpriority(2) sets that of the calling
 * thread, or of another of the process by its number. Elsewhere it would set the whole process's.
 *
 * The kernel weighs threads by it: one of 19 has a seventieth of the weight of one of 0, one of 10 a
 * ninth.
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
  private static final int NICE = 10;

  /** Where Linux shows a process its threads. */
  private static final Path THREADS = Path.of("/proc/self/task");

  /** What HotSpot calls the threads of its optimizing compiler, of which Linux keeps 15 bytes. */
  private static final String OPTIMIZER = "C2 CompilerThre";

  /** {@code int f(int which, id_t who)}. */
  private static final FunctionDescriptor GET_TYPE =
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

  /** {@code int f(int which, id_t who, int value)}. */
  private static final FunctionDescriptor TYPE =
      FunctionDescriptor.of(
          ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);

  private static final boolean LINUX = System.getProperty("os.name", "").equals("Linux");

  private static final Optional<MethodHandle> SET =
      LINUX ? Libc.function("setpriority", TYPE) : Optional.empty();

  private static final Optional<MethodHandle> GET =
      LINUX ? Libc.function("getpriority", GET_TYPE) : Optional.empty();

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
    return set(SELF, NICEST);
  }

  /**
   * Lets the JVM's optimizing compiler, for good, leave nine tenths of a busy CPU to threads of
   * usual priority. The quick compiler, without which new code would be interpreted, stays as it
   * is, and so does a compiler that gives way as much already.
   *
   * @return how many of its threads give way now; 0 where the platform or the JVM has no such thing
   */
  public static int optimizer() {
    if (SET.isEmpty() || GET.isEmpty()) {
      return 0;
    }
    int nice = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        int id = Integer.parseInt(thread.getFileName().toString());
        if (isOptimizer(thread) && (niceness(id) >= NICE || set(id, NICE))) {
          nice++;
        }
      }
    } catch (IOException | DirectoryIteratorException _) {
      // A system that does not show them.
    }
    return nice;
  }

  private static boolean isOptimizer(Path thread) {
    try {
      return Files.readString(thread.resolve("comm")).startsWith(OPTIMIZER);
    } catch (IOException _) {
      return false; // It has ended.
    }
  }

  private static boolean set(int thread, int niceness) {
    try {
      return (int) SET.orElseThrow().invokeExact(PRIO_PROCESS, thread, niceness) == 0;
    } catch (Throwable e) {
      throw new AssertionError("a call of prepared arguments does not throw", e);
    }
  }

  /* -1 for a thread that has ended is a niceness too, and then nothing is lost by trying. */
  private static int niceness(int thread) {
    try {
      return (int) GET.orElseThrow().invokeExact(PRIO_PROCESS, thread);
    } catch (Throwable e) {
      throw new AssertionError("a call of prepared arguments does not throw", e);
    }
  }

  private GiveWay() {}
}
