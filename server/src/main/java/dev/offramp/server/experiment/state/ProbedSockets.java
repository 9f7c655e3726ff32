package dev.offramp.server.experiment.state;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;

/*
 * A statement that reads much and a host that is gone look alike: nothing comes. A time limit cannot tell
 * one from the other, so it is either too long for the one or too short for the other. The host's kernel can:
 * it answers probes of the connection however long its database computes. The driver turns them on
 * (tcpKeepAlive) and has no setting for their times, which are two hours where nobody sets them.
 *
 * They are for who waits. Where the host is gone while something is still on its way there, the kernel sends
 * that again and again instead, and the statement ends by its time limit.
 */

/**
 * Sockets whose peer is asked whether it is there while nothing comes from it: half a minute after
 * it is gone without a word a read fails.
 *
 * <p>The PostgreSQL driver makes one by its name.
 */
public final class ProbedSockets extends SocketFactory {

  /** How long nothing may come before the first probe. */
  static final int IDLE_SECONDS = 10;

  /** From one probe to the next. */
  static final int INTERVAL_SECONDS = 5;

  /** So many without an answer are the end. */
  static final int PROBES = 4;

  @Override
  public Socket createSocket() throws IOException {
    var socket = new Socket();
    socket.setKeepAlive(true);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, IDLE_SECONDS);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, INTERVAL_SECONDS);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw connectedElsewhere();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw connectedElsewhere();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress from, int fromPort) {
    throw connectedElsewhere();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress from, int fromPort) {
    throw connectedElsewhere();
  }

  /** The driver connects by itself, within its own time limit. */
  private static UnsupportedOperationException connectedElsewhere() {
    return new UnsupportedOperationException("createSocket(): connected (expected: unconnected)");
  }
}
