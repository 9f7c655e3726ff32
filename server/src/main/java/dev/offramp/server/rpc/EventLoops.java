package dev.offramp.server.rpc;

import dev.offramp.server.engine.Caller;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.IoHandlerFactory;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.Epoll;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/*
 * gRPC would make threads like these itself, and keep them to itself. They are ours so that answers
 * can be sent on the thread of the connection they belong to: there the answers of a batch become one
 * write, and the thread that the worker shares its core with is woken once for all of them.
 */

/**
 * The threads on which connections live: each stays with one of them.
 *
 * <p>Threading: safe for all threads. Ownership: {@link #close} ends the threads, after the server
 * that uses them.
 */
public final class EventLoops {

  private static final long QUIET_MILLIS = 0;
  private static final long LIMIT_MILLIS = 2_000;

  private final EventLoopGroup accepting;
  private final EventLoopGroup connected;
  private final Class<? extends ServerChannel> channel;

  private EventLoops(int threads, IoHandlerFactory io, Class<? extends ServerChannel> channel) {
    this.accepting =
        new MultiThreadIoEventLoopGroup(
            1, Thread.ofPlatform().daemon().name("offramp-accept").factory(), io);
    this.connected =
        new MultiThreadIoEventLoopGroup(
            threads, Thread.ofPlatform().daemon().name("offramp-connections-", 0).factory(), io);
    this.channel = channel;
  }

  /** Loops of the kind that the platform is best at. */
  public static EventLoops open(int threads) {
    return Epoll.isAvailable()
        ? new EventLoops(threads, EpollIoHandler.newFactory(), EpollServerSocketChannel.class)
        : new EventLoops(threads, NioIoHandler.newFactory(), NioServerSocketChannel.class);
  }

  /** Makes a server use them. */
  public void serve(NettyServerBuilder server) {
    server.bossEventLoopGroup(accepting).workerEventLoopGroup(connected).channelType(channel);
  }

  /** The loop that this is called on; elsewhere {@link Caller#WORKER}. */
  public Executor current() {
    for (EventExecutor loop : connected) {
      if (loop.inEventLoop()) {
        return loop;
      }
    }
    return Caller.WORKER;
  }

  /** Ends the threads; those that have not ended within the limit end by themselves. */
  void close(Duration limit) {
    var ends =
        List.of(
            connected.shutdownGracefully(QUIET_MILLIS, LIMIT_MILLIS, TimeUnit.MILLISECONDS),
            accepting.shutdownGracefully(QUIET_MILLIS, LIMIT_MILLIS, TimeUnit.MILLISECONDS));
    long deadline = System.nanoTime() + limit.toNanos();
    ends.forEach(end ->
        end.awaitUninterruptibly(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS));
  }
}
