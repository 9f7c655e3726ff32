package dev.offramp.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Between a server and its database on loopback; once silent, as if the database's host were gone.
 */
final class Relay implements AutoCloseable {

  private final int to;
  private final ServerSocket door;
  private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
  private volatile boolean silent;

  /** To a port. */
  Relay(int to) throws IOException {
    this.to = to;
    door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(() -> {
      while (true) {
        Socket near = open(door.accept());
        Socket far = open(new Socket(InetAddress.getLoopbackAddress(), to));
        start(() -> pass(near, far));
        start(() -> pass(far, near));
      }
    });
  }

  private interface Pump {
    void run() throws IOException;
  }

  /** All end with their sockets. */
  private static void start(Pump pump) {
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            pump.run();
          } catch (IOException e) {
            return;
          }
        });
  }

  private Socket open(Socket socket) {
    sockets.add(socket);
    return socket;
  }

  private void pass(Socket from, Socket to) throws IOException {
    var bytes = new byte[8_192];
    int n = from.getInputStream().read(bytes);
    while (n >= 0) {
      if (!silent) {
        to.getOutputStream().write(bytes, 0, n);
      }
      n = from.getInputStream().read(bytes);
    }
    if (!silent) {
      to.close();
    }
  }

  /** An address of the database that leads here. */
  String of(String url) {
    return url.replace(":" + to + "/", ":" + door.getLocalPort() + "/");
  }

  /** Takes all, and passes nothing on. */
  void fallSilent() {
    silent = true;
  }

  @Override
  public void close() {
    try {
      door.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
