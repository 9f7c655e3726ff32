package dev.offramp.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelProvider.ProviderNotFoundException;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one server, for calls that change it. Nothing is retried.
 *
 * <p>Ownership: {@link #close} ends the connection; one made by {@link #over} leaves its channel
 * open.
 */
final class Connection implements AutoCloseable {

  private final Channel channel;
  private final String target;
  private final @Nullable ManagedChannel owned;

  private Connection(Channel channel, String target, @Nullable ManagedChannel owned) {
    this.channel = channel;
    this.target = target;
    this.owned = owned;
  }

  /** Connects without encryption, to {@code host:port}. */
  static Connection to(String target) {
    try {
      ManagedChannel channel =
          Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
      return new Connection(channel, target, channel);
    } catch (IllegalArgumentException | ProviderNotFoundException e) {
      throw new IllegalArgumentException("target: '" + target + "' (expected: host:port)", e);
    }
  }

  /** Uses a channel that the caller configured and will shut down. */
  static Connection over(Channel channel) {
    return new Connection(channel, channel.authority(), null);
  }

  /** Calls and waits; throws {@link OfframpException} where there is no answer. */
  <Q, A> A call(MethodDescriptor<Q, A> method, Q request, Duration deadline) {
    try {
      return ClientCalls.blockingUnaryCall(
          channel, method, CallOptions.DEFAULT.withDeadlineAfter(deadline), request);
    } catch (StatusRuntimeException e) {
      throw OfframpException.of(e, target, deadline);
    }
  }

  @Override
  public void close() {
    if (owned != null) {
      owned.shutdownNow();
    }
  }
}
