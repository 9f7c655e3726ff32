package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.checkpoint.Checkpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills real training processes and lets them resume. */
class TrainerKillIT {
  private static final int STEPS_BEFORE_THE_KILL = 31;
  private static final int TERMINATED = 128 + 15;

  @TempDir Path directory;

  @Test
  void train_killedAndStartedAgain_endsAtTheWeightsOfAnUnbrokenRun() throws Exception {
    Process process = startAndAwaitSteps("broken");
    process.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
    assertResumesAtOrAfter(STEPS_BEFORE_THE_KILL - 1);
  }

  @Test
  void train_terminated_savesItsStateAndEndsWithoutACrash() throws Exception {
    Process process = startAndAwaitSteps("broken");
    process.destroy();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isEqualTo(TERMINATED);
    assertResumesAtOrAfter(STEPS_BEFORE_THE_KILL);
  }

  private void assertResumesAtOrAfter(long step) throws IOException {
    TrainerSettings unbroken = TinyData.lesson(directory, "unbroken");
    TrainerSettings broken = TinyData.lesson(directory, "broken");
    assertThat(broken.out()).doesNotExist();
    var resumedAt = new ArrayList<Long>();
    Trainer.train(unbroken, TrainingListener.none());
    Trainer.train(
        broken,
        new TrainingListener() {
          @Override
          public void started(Started event) {
            resumedAt.add(event.resumedAt());
          }
        });
    assertThat(resumedAt.getFirst()).isBetween(step, 79L);
    assertThat(Files.mismatch(weights(broken), weights(unbroken))).isEqualTo(-1);
  }

  private static Path weights(TrainerSettings settings) {
    return settings.out().resolve(Checkpoint.WEIGHTS_FILE);
  }

  private Process startAndAwaitSteps(String out) throws IOException {
    TinyData.lesson(directory, out); // Writes the texts, so that both processes find the same.
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    System.getProperty("java.class.path"),
                    TrainingProcess.class.getName(),
                    directory.toString(),
                    out))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader steps = process.inputReader();
    String line = steps.readLine();
    while (line != null && !line.equals(Integer.toString(STEPS_BEFORE_THE_KILL))) {
      line = steps.readLine();
    }
    assertThat(line).as("the process ended before the step").isNotNull();
    return process;
  }
}
