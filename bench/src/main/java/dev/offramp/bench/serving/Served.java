package dev.offramp.bench.serving;

import dev.offramp.cli.OfframpProcess;
import dev.offramp.cli.ServerProcess;
import dev.offramp.client.OfframpClient;
import dev.offramp.model.artifact.Artifact;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A server with one worker on the server's CPU, and a client whose answers are told on its event
 * loop.
 *
 * <p>Ownership: {@link #close} ends both.
 *
 * @param process the server
 * @param client asks it
 */
record Served(ServerProcess process, OfframpClient client) implements AutoCloseable {

  /** So long that nothing is refused but what a load means to be refused. */
  static final Duration MAX_WAIT = Duration.ofSeconds(30);

  /**
   * Starts one.
   *
   * @param work where it gets a directory of its own
   * @param flags more flags of {@code serve}
   */
  static Served start(Path work, Seats seats, Path artifact, String... flags)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(List.of("--max-wait", MAX_WAIT.toSeconds() + "s"));
    all.addAll(Arrays.asList(flags));
    return asUsual(work, seats, artifact, all.toArray(String[]::new));
  }

  /** One that refuses what would wait longer than servers let wait unless told otherwise. */
  static Served asUsual(Path work, Seats seats, Path artifact, String... flags)
      throws IOException, InterruptedException {
    var all = new ArrayList<>(List.of("--workers", "1"));
    all.addAll(Arrays.asList(flags));
    Path directory = Files.createTempDirectory(work, "server");
    ServerProcess process =
        seats.asServer(() -> ServerProcess.start(directory, artifact, all.toArray(String[]::new)));
    return new Served(
        process, OfframpClient.builder(process.address()).executor(Runnable::run).build());
  }

  /** Compiles a checkpoint for this CPU, in a process of its own, to {@code NAME.offramp}. */
  static Artifact compile(Path work, String name, Path checkpoint)
      throws IOException, InterruptedException {
    Path compiled = work.resolve(name + ".offramp");
    OfframpProcess.run(
        work.resolve(name + ".log"),
        "compile",
        checkpoint.toString(),
        "--out",
        compiled.toString());
    return Artifact.open(compiled);
  }

  @Override
  public void close() {
    client.close();
    process.close();
  }
}
