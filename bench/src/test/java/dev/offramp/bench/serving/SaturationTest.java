package dev.offramp.bench.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SaturationTest {
  private static final int IN_FLIGHT = 8;

  private final ExecutorService ends = Executors.newSingleThreadExecutor();
  private final Saturation load = new Saturation(IN_FLIGHT);
  private final AtomicInteger sent = new AtomicInteger();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();

  @AfterEach
  void close() {
    ends.close();
  }

  private void send() {
    sent.incrementAndGet();
    most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
    ends.execute(() -> {
      underWay.decrementAndGet();
      load.ended(2, this::send);
    });
  }

  @Test
  void runThrough_sendsSoMany_neverMoreAtATimeThanAllowed() throws InterruptedException {
    Saturation.Result result = load.runThrough(this::send, 100);
    assertThat(sent).hasValue(100);
    assertThat(underWay).hasValue(0);
    assertThat(most).hasValueLessThanOrEqualTo(IN_FLIGHT);
    assertThat(result.mean()).isEqualTo(2);
    assertThat(result.perSecond()).isPositive();
  }

  @Test
  void runThrough_oneFails_saysSo() {
    var cause = new IllegalArgumentException("on purpose");
    Runnable failing = () -> ends.execute(() -> load.failed(cause));
    assertThatThrownBy(() -> load.runThrough(failing, IN_FLIGHT)).hasCause(cause);
  }

  @Test
  void run_nothingEndsInTheWindow_saysSo() {
    var slow = new CompletableFuture<Void>();
    var _ = slow.completeOnTimeout(null, 1, TimeUnit.SECONDS);
    Runnable next =
        () -> {
          var _ = slow.thenRunAsync(() -> load.ended(1, () -> {}), ends);
        };
    assertThatThrownBy(() -> load.run(next, Duration.ofMillis(1), Duration.ofMillis(1), () -> {}))
        .hasMessageContaining("--seconds");
  }
}
