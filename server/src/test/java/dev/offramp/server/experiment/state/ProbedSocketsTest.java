package dev.offramp.server.experiment.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardSocketOptions;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

class ProbedSocketsTest {

  @Test
  void createSocket_connected_isProbedForHalfAMinute() throws IOException {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var socket = new ProbedSockets().createSocket()) {
      socket.connect(server.getLocalSocketAddress());
      assertThat(socket.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
      int idle = socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE);
      int interval = socket.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL);
      int probes = socket.getOption(ExtendedSocketOptions.TCP_KEEPCOUNT);
      assertThat(idle + interval * probes).isEqualTo(30);
    }
  }
}
