package dev.offramp.cli;

import dev.offramp.client.ExperimentAdmin;
import dev.offramp.client.OfframpClient;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * One of several servers on one database: a process with a state directory of its own, and a
 * connection that tries nothing twice, so that a caller knows of each of its calls what it knows.
 *
 * <p>Ownership: {@link #close} ends both.
 */
final class Replica implements AutoCloseable {

  private final ServerProcess process;
  private final ManagedChannel channel;

  private Replica(ServerProcess process) {
    this.process = process;
    this.channel =
        Grpc.newChannelBuilder(process.address(), InsecureChannelCredentials.create())
            .disableRetry()
            .build();
  }

  /**
   * Starts one.
   *
   * @param state the directory of this replica, which outlives its process
   * @param url the database of all
   */
  static Replica start(Path artifact, Path state, String url)
      throws IOException, InterruptedException {
    Path work = Files.createTempDirectory(Files.createDirectories(state), "run");
    return new Replica(
        ServerProcess.start(
            work,
            artifact,
            "--state",
            state.toString(),
            "--state-url",
            url,
            "--workers",
            "1",
            "--audit-share",
            "0",
            "--warm-up-limit",
            "0s"));
  }

  OfframpClient client() {
    return OfframpClient.over(channel);
  }

  ExperimentAdmin experiments() {
    return ExperimentAdmin.over(channel);
  }

  /** Ends the process as {@code kill -9} does: it has no time for anything. */
  void kill() {
    ProcessHandle handle = ProcessHandle.of(process.pid()).orElseThrow();
    handle.destroyForcibly();
    var _ = handle.onExit().join();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      var _ = channel.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.close();
  }
}
