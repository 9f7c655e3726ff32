package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CrewTest {

  @Test
  void each_asManyTasksAsThreads_runAtTheSameTime() {
    try (var crew = new Crew(3)) {
      var barrier = new CyclicBarrier(3);
      crew.each(3, _ -> await(barrier)); // It ends only if all three are there at once.
    }
  }

  @Test
  void each_onEveryThread_pyTorchHasNoHelpers() {
    try (var crew = new Crew(3);
        var manager = PyTorch.newManager()) {
      var barrier = new CyclicBarrier(3);
      var counts = new int[3];
      crew.each(
          3,
          i -> {
            await(barrier); // Each on a thread of its own.
            manager.ones(new Shape(400, 400)).add(1); // Many enough to be shared out.
            counts[i] = JniUtils.getNumThreads();
          });
      assertThat(counts).containsOnly(1);
      assertThat(JniUtils.getNumThreads()).as("the caller's").isEqualTo(3);
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void each_moreTasksThanThreads_runsEachOnce(int size) {
    try (var crew = new Crew(size)) {
      var runs = new AtomicInteger[7];
      for (int i = 0; i < runs.length; i++) {
        runs[i] = new AtomicInteger();
      }
      crew.each(7, i -> runs[i].incrementAndGet());
      assertThat(runs).allMatch(run -> run.get() == 1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void each_taskThrows_throwsItAndTheCrewGoesOn(int size) {
    try (var crew = new Crew(size)) {
      assertThatThrownBy(() ->
              crew.each(
                  3,
                  i -> {
                    throw new IllegalArgumentException("task " + i);
                  }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("task 0");
      var runs = new AtomicInteger();
      crew.each(3, _ -> runs.incrementAndGet());
      assertThat(runs).hasValue(3);
    }
  }

  @Test
  void each_interrupted_waitsForAllAndStaysInterrupted() {
    try (var crew = new Crew(2)) {
      var runs = new AtomicInteger();
      Thread.currentThread().interrupt();
      crew.each(2, _ -> runs.incrementAndGet());
      assertThat(Thread.interrupted()).isTrue();
      assertThat(runs).hasValue(2);
    }
  }
}
