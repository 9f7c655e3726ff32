package dev.offramp.server.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class CpuAffinityTest {

  @Test
  void pin_eachAvailableCpu_keepsThatThreadThereAndNoOther() throws Exception {
    List<Integer> available = CpuAffinity.available();
    assertThat(available).isNotEmpty().doesNotHaveDuplicates();
    List<Integer> mine = CpuAffinity.current();
    for (int cpu : available) {
      var pinned =
          new FutureTask<>(() -> {
            assertThat(CpuAffinity.pin(cpu)).isTrue();
            assertThat(CpuAffinity.available()).isEqualTo(available);
            return CpuAffinity.current();
          });
      Thread.ofPlatform().start(pinned);
      assertThat(pinned.get()).containsExactly(cpu);
    }
    assertThat(CpuAffinity.current()).isEqualTo(mine);
  }

  @Test
  void pin_noSuchCpu_isRefusedAndChangesNothing() {
    List<Integer> mine = CpuAffinity.current();
    for (int cpu : new int[] {-1, 8_191, 8_192, Integer.MAX_VALUE}) {
      assertThat(CpuAffinity.pin(cpu)).as("cpu %d", cpu).isFalse();
    }
    assertThat(CpuAffinity.current()).isEqualTo(mine);
  }

  @Test
  void pin_virtualThread_isRefused() throws Exception {
    var asked = new FutureTask<>(() -> CpuAffinity.pin(CpuAffinity.available().getFirst()));
    Thread.ofVirtual().start(asked);
    assertThat(asked.get()).isFalse();
  }
}
