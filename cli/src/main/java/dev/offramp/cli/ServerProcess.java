package dev.offramp.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * {@code offramp serve} in a process of its own, on a free port of the loopback address.
 *
 * <p>Ownership: {@link #close} ends the process.
 */
public final class ServerProcess implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  /** What a process says that SIGTERM ended. */
  private static final int TERMINATED = 143;

  private final OfframpProcess process;
  private final String address;

  private ServerProcess(OfframpProcess process, String address) {
    this.process = process;
    this.address = address;
  }

  /**
   * Starts serving an artifact, and returns once the server is ready.
   *
   * @param work a directory for its log and the like, no other server's
   * @param flags more flags of {@code serve}
   * @throws CommandFailedException if it did not become ready, with the end of its log
   */
  public static ServerProcess start(Path work, Path artifact, String... flags)
      throws IOException, InterruptedException {
    Path portFile = work.resolve("port");
    var arguments = new ArrayList<>(List.of("serve", artifact.toString(), "--address", LOOPBACK));
    arguments.addAll(List.of("--port", "0", "--port-file", portFile.toString()));
    arguments.addAll(Arrays.asList(flags));
    OfframpProcess process =
        OfframpProcess.start(work.resolve("server.log"), arguments.toArray(String[]::new));
    try {
      return new ServerProcess(process, LOOPBACK + ":" + awaitPort(process, portFile));
    } catch (IOException | InterruptedException | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  /** Where clients connect, as {@code host:port}. */
  public String address() {
    return address;
  }

  /** The process's number. */
  public long pid() {
    return process.pid();
  }

  /** How many errors it has logged so far. */
  public long errors() throws IOException {
    return process.errors();
  }

  /**
   * Stops it as an orchestrator does, by SIGTERM.
   *
   * @throws CommandFailedException if it did not end in order
   */
  public void stop() throws InterruptedException {
    int code = process.stop();
    if (code != 0 && code != TERMINATED) {
      throw process.failed(
          "exit code " + code + " after SIGTERM (expected: 0 or " + TERMINATED + ")");
    }
  }

  @Override
  public void close() {
    process.close();
  }

  private static String awaitPort(OfframpProcess server, Path portFile)
      throws IOException, InterruptedException {
    long limit = System.nanoTime() + START_LIMIT.toNanos();
    while (!Files.exists(portFile)) {
      if (!server.isAlive()) {
        throw server.failed("ended before it was ready");
      }
      if (System.nanoTime() > limit) {
        throw server.failed("not ready after " + START_LIMIT.toSeconds() + " s");
      }
      Thread.sleep(20);
    }
    return Files.readString(portFile).strip();
  }
}
