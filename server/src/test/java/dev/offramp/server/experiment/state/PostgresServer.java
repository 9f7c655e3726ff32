package dev.offramp.server.experiment.state;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A PostgreSQL of one test, on loopback, from the programs that the machine has. It refuses to run
 * as root: then it runs as {@code nobody}.
 */
public final class PostgresServer implements AutoCloseable {

  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");
  private static final long START_SECONDS = 60;

  private final Path programs;
  private final Path home;
  private final int port;
  private Process process;

  private PostgresServer(Path programs, Path home, int port) throws IOException {
    this.programs = programs;
    this.home = home;
    this.port = port;
    this.process = launch();
  }

  /** Where the programs are. */
  static Optional<Path> programs() {
    Stream<Path> path =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)).map(Path::of);
    return Stream.concat(debian().stream(), path)
        .filter(directory -> Files.isExecutable(directory.resolve("initdb")))
        .filter(directory -> Files.isExecutable(directory.resolve("postgres")))
        .findFirst();
  }

  private static List<Path> debian() {
    if (!Files.isDirectory(DEBIAN)) {
      return List.of();
    }
    try (Stream<Path> versions = Files.list(DEBIAN)) {
      return versions.sorted(Comparator.reverseOrder()).map(v -> v.resolve("bin")).toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Starts one with an empty database. */
  public static PostgresServer start() throws IOException, InterruptedException {
    Path home = Files.createTempDirectory("offramp-postgres");
    Path programs = programs().orElseThrow();
    if (isRoot()) {
      run(List.of("chown", "nobody", home.toString()));
    }
    run(
        asNobody(
            programs.resolve("initdb").toString(),
            "--pgdata=" + home.resolve("data"),
            "--username=offramp",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync"));
    int port;
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    var server = new PostgresServer(programs, home, port);
    server.awaitReady();
    return server;
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static List<String> asNobody(String... command) {
    var all = new ArrayList<String>();
    if (isRoot()) {
      all.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
    }
    all.addAll(List.of(command));
    return all;
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(new File("/"))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (process.waitFor() != 0) {
      throw new IOException(command + " exited with " + process.exitValue());
    }
  }

  private Process launch() throws IOException {
    return new ProcessBuilder(
            asNobody(
                programs.resolve("postgres").toString(),
                "-D",
                home.resolve("data").toString(),
                "-p",
                Integer.toString(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "fsync=off"))
        .directory(new File("/"))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private void awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      try (var _ = DriverManager.getConnection(url())) {
        return;
      } catch (SQLException e) {
        if (System.nanoTime() - deadline > 0 || !process.isAlive()) {
          throw new IOException("PostgreSQL did not start: " + e.getMessage(), e);
        }
        Thread.sleep(50);
      }
    }
  }

  /** The port that it listens on. */
  public int port() {
    return port;
  }

  /** The address of its database. */
  public String url() {
    return "jdbc:postgresql://127.0.0.1:%d/postgres?user=offramp".formatted(port);
  }

  /** Ends it at once, as if the machine were gone. */
  public void stop() throws InterruptedException, IOException {
    // SIGTERM would wait for its clients.
    run(List.of("kill", "-QUIT", Long.toString(process.pid())));
    if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  /** Starts it again, with what it had. */
  public void restart() throws IOException, InterruptedException {
    process = launch();
    awaitReady();
  }

  @Override
  public void close() throws IOException {
    try {
      stop();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
