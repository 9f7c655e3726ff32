package dev.offramp.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Another {@code offramp} with this one's JVM, flags and class path. Compiling and serving need
 * processes of their own: TVM's compiler and TVM's runtime cannot live in one. A server gets the
 * flags, too, that servers are started with.
 *
 * <p>Ownership: {@link #close} ends the process, by SIGTERM first.
 */
public final class OfframpProcess implements AutoCloseable {
  private static final Duration STOP_LIMIT = Duration.ofSeconds(20);
  private static final int LOG_LINES_SHOWN = 20;

  /** What {@code ./offramp serve} and the image start servers with. */
  private static final Path SERVER_OPTIONS =
      Path.of(System.getProperty("offramp.home", "."), "deploy", "serve.options");

  /** As log4j2.xml writes them. */
  private static final Pattern ERROR = Pattern.compile("[0-9:.]+ (ERROR|FATAL) ");

  private final Process process;
  private final Path log;
  private final List<String> arguments;
  private final Thread reaper;

  private OfframpProcess(Process process, Path log, List<String> arguments) {
    this.process = process;
    this.log = log;
    this.arguments = arguments;
    this.reaper = new Thread(process::destroy, "end child process");
    Runtime.getRuntime().addShutdownHook(reaper);
  }

  /** Starts {@code offramp arguments...}; what it prints goes to {@code log}. */
  public static OfframpProcess start(Path log, String... arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    boolean serves = arguments[0].equals("serve");
    if (serves) {
      command.add("@" + SERVER_OPTIONS); // First: sizes that this process was told count.
    }
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(flag -> flag.startsWith("-X") || flag.startsWith("--") || isOurs(flag))
            .toList());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Offramp.class.getName()));
    command.addAll(List.of(arguments));
    var builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    if (serves) {
      builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "2");
    }
    return new OfframpProcess(builder.start(), log, List.of(arguments));
  }

  /**
   * Runs {@code offramp arguments...} to its end.
   *
   * @throws CommandFailedException if it failed, with the end of what it printed
   */
  public static void run(Path log, String... arguments) throws IOException, InterruptedException {
    try (OfframpProcess process = start(log, arguments)) {
      int code = process.process.waitFor();
      if (code != 0) {
        throw process.failed("exit code " + code);
      }
    }
  }

  /** Whether it is still running. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The process's number. */
  public long pid() {
    return process.pid();
  }

  /** How many errors it has logged so far. */
  public long errors() throws IOException {
    return errors(log);
  }

  static long errors(Path log) throws IOException {
    try (var lines = Files.lines(log)) {
      return lines.filter(line -> ERROR.matcher(line).lookingAt()).count();
    }
  }

  /** The failure of this process for {@code reason}, with the end of what it printed. */
  public CommandFailedException failed(String reason) {
    String tail;
    try {
      List<String> lines = Files.readAllLines(log);
      tail =
          String.join(
              "\n", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()));
    } catch (IOException e) {
      tail = "(its log cannot be read: " + e + ")";
    }
    return new CommandFailedException(
        "offramp " + String.join(" ", arguments) + ": " + reason + "\n" + tail);
  }

  /** Asks it to stop, waits, and forces it if it does not; the exit code. */
  public int stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor();
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(reaper);
    } catch (IllegalStateException e) {
      // Shutting down already: the hook does its work.
      return;
    }
    try {
      stop();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isOurs(String flag) {
    return flag.startsWith("-Dofframp.");
  }
}
