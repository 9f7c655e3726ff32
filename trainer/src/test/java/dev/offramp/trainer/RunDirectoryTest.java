package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import dev.offramp.trainer.data.DataFormatException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a run finds beside its checkpoint, and in its file. */
class RunDirectoryTest {
  @TempDir Path directory;

  /** Sixteen steps, ten texts set aside. */
  private TrainerSettings settings(long seed, int maxLength) {
    TrainerSettings tiny = TinyData.settings(directory, "mine");
    return new TrainerSettings(
        new TrainerSettings.Data(tiny.data().train(), tiny.data().dev(), 10),
        tiny.out(),
        new TrainerSettings.Network(Optional.empty(), 3, 16, 2, 32, 90, maxLength),
        tiny.schedule(),
        tiny.regularization(),
        tiny.objective(),
        tiny.cosee(),
        tiny.distillation(),
        seed,
        1,
        Duration.ZERO);
  }

  @Test
  void train_refusedForOtherSettings_leavesWhatTheRunSetAsideAndItsVocabulary() throws IOException {
    Trainer.Result result = Trainer.train(settings(3, 24), TrainingListener.none());
    Path heldOut = result.heldOut().orElseThrow();
    Path vocabulary = heldOut.resolveSibling("vocab.txt");
    byte[] kept = Files.readAllBytes(heldOut);
    byte[] words = Files.readAllBytes(vocabulary);
    assertThatThrownBy(() -> Trainer.train(settings(4, 24), TrainingListener.none()))
        .isInstanceOf(TrainingStateException.class);
    assertThat(heldOut).hasBinaryContent(kept);
    assertThat(vocabulary).hasBinaryContent(words);
  }

  /** The plain sum's losses were once as many times as large as there are exits: 0054. */
  @ParameterizedTest
  @EnumSource(names = {"SUM", "TWO_STAGE", "ALTERNATING"})
  void train_stateOfLossesOfAnotherScale_isRefused(ObjectiveKind kind) {
    TrainerSettings tiny = settings(3, 24);
    TrainerSettings settings = tiny.of(tiny.data(), tiny.out(), kind, 3);
    Trainer.train(settings, TrainingListener.none());
    Path file = RunDirectory.state(RunDirectory.of(settings.out()));
    TrainingState state = TrainingState.read(file);
    assertThat(state.fingerprint()).startsWith(Trainer.BATCHES + ", losses of one scale");
    new TrainingState(
            state.fingerprint().replace(", losses of one scale", ""),
            state.step(),
            state.thresholds(),
            state.seen(),
            state.lossSum(),
            state.vectors())
        .write(file);
    assertThatThrownBy(() -> Trainer.train(settings, TrainingListener.none()))
        .isInstanceOf(TrainingStateException.class)
        .hasMessageContaining("losses of one scale");
  }

  @Test
  void train_whileAnotherRunIsAtWork_isRefusedAndLeavesItAlone() {
    TrainerSettings settings = settings(3, 24);
    var second = new ArrayList<Throwable>();
    Trainer.train(
        settings,
        new TrainingListener() {
          @Override
          public void stepped(Stepped event) {
            if (event.step() == 2) {
              try {
                Trainer.train(settings, TrainingListener.none());
              } catch (UncheckedIOException e) {
                second.add(e);
              }
            }
          }
        });
    assertThat(second)
        .singleElement()
        .satisfies(e -> assertThat(e).hasMessageContaining("another run is at work there"));
  }

  @Test
  void started_textsLongerThanTheModel_saysHowMany() {
    var cut = new ArrayList<Integer>();
    var listener =
        new TrainingListener() {
          @Override
          public void started(Started event) {
            cut.add(event.cut());
            Thread.currentThread().interrupt();
          }
        };
    for (int maxLength : new int[] {24, 5}) {
      TrainerSettings settings = settings(3, maxLength);
      assertThatThrownBy(() -> Trainer.train(settings, listener))
          .isInstanceOf(TrainingInterruptedException.class);
      directory.resolve("mine.training").resolve("state.bin").toFile().delete();
    }
    assertThat(cut.getFirst()).isZero();
    assertThat(cut.getLast()).isPositive();
  }

  @Test
  void train_columnsTheWrongWayRound_isRefusedForItsManyClasses() throws IOException {
    List<String> rows =
        IntStream.range(0, 120).mapToObj(i -> (i % 2) + "\tthe film number " + i).toList();
    Path file = Files.write(directory.resolve("train.tsv"), rows);
    assertThatThrownBy(() -> Trainer.train(settings(3, 24), TrainingListener.none()))
        .isInstanceOf(DataFormatException.class)
        .hasMessage(
            file
                + ": 120 of 120 rows have a label that no other has (expected: rows of a text, then its"
                + " label)");
  }

  /** The moments of the gradient are made so large that the step after next has no numbers left. */
  @Test
  void train_numbersOverflowAfterAGoodStateWasSaved_keepsItsModelAsACheckpoint() {
    TrainerSettings settings = TinyData.settings(directory, "mine");
    Path file = RunDirectory.state(RunDirectory.of(settings.out()));
    assertThatThrownBy(() -> Trainer.train(settings, TinyData.stoppingAfter(5)))
        .isInstanceOf(TrainingInterruptedException.class);
    TrainingState saved = TrainingState.read(file);
    float[][] vectors = saved.vectors();
    Arrays.fill(vectors[1], Float.MAX_VALUE);
    Arrays.fill(vectors[2], 0);
    new TrainingState(
            saved.fingerprint(),
            saved.step(),
            saved.thresholds(),
            saved.seen(),
            saved.lossSum(),
            vectors)
        .write(file);
    assertThatThrownBy(() -> Trainer.train(settings, TrainingListener.none()))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("The model after step 5, the last that was saved, is in");
    Path kept = file.resolveSibling(Trainer.LAST_SAVED);
    float[] model = TrainerTest.flat(kept);
    float[] average = vectors[3];
    Arrays.sort(average); // Files and vectors have tensors in other orders.
    Arrays.sort(model);
    assertThat(model).containsExactly(average);
    Path dev = settings.data().dev().orElseThrow();
    assertThat(Evaluator.evaluate(kept, EvaluationTexts.read(dev)).traces()).isNotEmpty();
  }
}
