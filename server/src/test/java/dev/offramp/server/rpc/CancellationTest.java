package dev.offramp.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class CancellationTest {
  private final AtomicInteger reactions = new AtomicInteger();
  private final Cancellation cancellation = new Cancellation();

  @Test
  void then_callGoesOn_doesNothing() {
    cancellation.then(reactions::incrementAndGet);

    assertThat(reactions).hasValue(0);
  }

  @Test
  void then_cancelledLater_reactsOnce() {
    cancellation.then(reactions::incrementAndGet);
    cancellation.run();
    cancellation.run();

    assertThat(reactions).hasValue(1);
  }

  @Test
  void then_cancelledBefore_reactsAtOnce() {
    cancellation.run();
    cancellation.then(reactions::incrementAndGet);

    assertThat(reactions).hasValue(1);
  }
}
