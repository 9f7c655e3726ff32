package dev.offramp.server.rpc;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/** Where calls come in: an address, the threads of connections, and what runs where. */
public final class Listener {

  /**
   * More are held back by the client. Before they are queued, calls are parsed and tokenized, and
   * there connections do not take turns.
   */
  private static final int MOST_CALLS_A_CONNECTION = 1000;

  /** The longest text that a model takes is a hundredth of that; who has it cut may send more. */
  static final int MOST_MESSAGE_BYTES = 256 << 10;

  private Listener() {}

  /**
   * A gRPC server that listens.
   *
   * @param port 0 for any free one
   * @param threads outlive the server
   * @param counts of how calls end
   * @throws IOException if the address cannot be listened on
   */
  public static Server open(
      String address,
      int port,
      CallThreads threads,
      List<ServerServiceDefinition> services,
      CallCounts counts)
      throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(address, port))
            .directExecutor()
            .callExecutor(new CallExecutors(threads.handlers()))
            .maxInboundMessageSize(MOST_MESSAGE_BYTES)
            .maxConcurrentCallsPerConnection(MOST_CALLS_A_CONNECTION)
            .addServices(services)
            .addStreamTracerFactory(counts);
    threads.loops().serve(builder);
    try {
      return builder.build().start();
    } catch (IOException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "cannot listen on %s:%d: %s (expected: an address of this host and a port that is free; 0: any)"
              .formatted(address, port, cause.getMessage()),
          e);
    }
  }
}
