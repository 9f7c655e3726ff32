package dev.offramp.server.rpc;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Where calls come in: an address, the threads of connections, and what runs where. */
public final class Listener {

  /** Each takes some kilobytes of heap. */
  public static final int MOST_CALLS = 1 << 16;

  /**
   * More are held back by the client, where nobody refuses them and their time runs out unseen:
   * what gRPC says is left of a deadline is what was left when the call was made. So it is far more
   * than what waits within the longest wait, and leaves room for other connections.
   */
  private static final int MOST_CALLS_A_CONNECTION = MOST_CALLS / 2;

  /** The longest text that a model takes is a hundredth of that; who has it cut may send more. */
  static final int MOST_MESSAGE_BYTES = 256 << 10;

  /**
   * Clients look for servers anew when they connect, so that one that was started lately gets its
   * share. gRPC spreads these by a tenth.
   */
  private static final Duration CONNECTION_AGE = Duration.ofMinutes(10);

  /** How long calls may then take to end; deadlines are shorter. */
  private static final Duration CONNECTION_GRACE = Duration.ofMinutes(1);

  /** A peer that is gone without a word is known to be after this and {@link #PING_LIMIT}. */
  private static final Duration PING = Duration.ofMinutes(1);

  private static final Duration PING_LIMIT = Duration.ofSeconds(20);

  /** How often clients may ask whether this server is there. */
  private static final Duration LEAST_PING = Duration.ofSeconds(10);

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
            .maxConnectionAge(CONNECTION_AGE.toSeconds(), TimeUnit.SECONDS)
            .maxConnectionAgeGrace(CONNECTION_GRACE.toSeconds(), TimeUnit.SECONDS)
            .keepAliveTime(PING.toSeconds(), TimeUnit.SECONDS)
            .keepAliveTimeout(PING_LIMIT.toSeconds(), TimeUnit.SECONDS)
            .permitKeepAliveTime(LEAST_PING.toSeconds(), TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
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
