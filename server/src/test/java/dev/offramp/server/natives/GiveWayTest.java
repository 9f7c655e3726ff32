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

  private static int niceness() {
    return niceness(Path.of("/proc/thread-self"));
  }

  /** The 19th field of proc(5)'s stat, counted from behind the name, which is the second. */
  private static int niceness(Path thread) {
    try {
      String stat = Files.readString(thread.resolve("stat"));
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

  @Test
  @EnabledOnOs(OS.LINUX)
  void optimizer_ofThisJvm_givesWayAndTheCallerDoesNot() throws Exception {
    int before = niceness();
    int nice = GiveWay.optimizer();
    assertThat(niceness()).isEqualTo(before);
    int found = 0;
    try (var threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        if (Files.readString(thread.resolve("comm")).startsWith("C2 Compiler")) {
          found++;
          assertThat(niceness(thread)).isGreaterThanOrEqualTo(10);
        }
      }
    }
    // One that was begun in between inherits it.
    assertThat(nice).isPositive().isLessThanOrEqualTo(found);
  }
}
