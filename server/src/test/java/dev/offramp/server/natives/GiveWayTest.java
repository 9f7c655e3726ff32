package dev.offramp.server.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class GiveWayTest {

  /** The 19th field of proc(5)'s stat, counted from behind the name, which is the second. */
  private static int niceness() {
    try {
      String stat = Files.readString(Path.of("/proc/thread-self/stat"));
      return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[16]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void fromNowOn_ofAThread_isThatThreadsAlone() throws Exception {
    int before = niceness();
    var nice = new CompletableFuture<Integer>();
    Thread.ofPlatform()
        .start(() -> {
          assertThat(GiveWay.fromNowOn()).isTrue();
          nice.complete(niceness());
        })
        .join();
    assertThat(nice.get()).isEqualTo(19);
    assertThat(niceness()).isEqualTo(before);
  }

  @Test
  void fromNowOn_ofAVirtualThread_changesNothing() throws Exception {
    var result = new CompletableFuture<Boolean>();
    Thread.ofVirtual().start(() -> result.complete(GiveWay.fromNowOn())).join();
    assertThat(result.get()).isFalse();
  }
}
