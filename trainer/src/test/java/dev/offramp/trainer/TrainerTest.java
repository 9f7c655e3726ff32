package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.tier.Tiers;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void train_easyLesson_isLearnedAtEveryExit(TrainerSettings.ObjectiveKind objective) {
    // Where the backbone learns in the first half of the steps alone, it gets as many as elsewhere.
    int lessons = objective == TrainerSettings.ObjectiveKind.TWO_STAGE ? 2 : 1;
    TrainerSettings settings = with(TinyData.lesson(directory, "mine", lessons), objective);
    Trainer.Result result = Trainer.train(settings, TrainingListener.none());
    assertThat(result.devAccuracy().orElseThrow())
        .hasSize(3)
        .allMatch(accuracy -> accuracy >= 0.9, "at least 0.9");
    Evaluation evaluation =
        Evaluator.evaluate(
            result.checkpoint(), EvaluationTexts.read(settings.data().dev().orElseThrow()));
    assertThat(evaluation.outcome(ExitRule.fullDepth()).accuracy())
        .isEqualTo(Optional.of(result.devAccuracy().orElseThrow().getLast()));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void train_sameSeedTwice_givesTheSameWeightsAndAnotherSeedOthers(int threads) {
    float[] one = weights(threaded(TinyData.settings(directory, "one"), threads));
    float[] two = weights(threaded(TinyData.settings(directory, "two"), threads));
    assertThat(two).isEqualTo(one);
    TrainerSettings other = seeded(TinyData.settings(directory, "three"), 4);
    assertThat(weights(threaded(other, threads))).isNotEqualTo(one);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 6, 15})
  void train_stoppedAndStartedAgain_endsAtTheWeightsOfAnUnbrokenRun(int stopAfter) {
    float[] unbroken = weights(TinyData.settings(directory, "unbroken"));
    TrainerSettings settings = TinyData.settings(directory, "broken");
    assertThatThrownBy(() -> Trainer.train(settings, TinyData.stoppingAfter(stopAfter)))
        .isInstanceOf(TrainingInterruptedException.class)
        .hasMessageContaining("after step " + stopAfter + " of 16");
    assertThat(settings.out()).doesNotExist();
    var resumedAt = new ArrayList<Long>();
    Trainer.train(
        settings,
        new TrainingListener() {
          @Override
          public void started(Started event) {
            resumedAt.add(event.resumedAt());
          }
        });
    assertThat(resumedAt).containsExactly((long) stopAfter);
    assertThat(flat(settings.out())).isEqualTo(unbroken);
  }

  @Test
  void train_twoStages_secondMovesTheInternalExitsAlone() {
    TrainerSettings settings =
        with(TinyData.settings(directory, "mine"), TrainerSettings.ObjectiveKind.TWO_STAGE);
    Path state = directory.resolve("mine.training").resolve("state.bin");
    var vectors = new ArrayList<float[]>();
    Trainer.train(
        settings,
        new TrainingListener() {
          @Override
          public void epochEnded(EpochEnded event) {
            vectors.add(TrainingState.read(state).vectors()[0]);
          }
        });
    assertThat(vectors).hasSize(4);
    assertThat(vectors.get(1)).as("the first half moves all").isNotEqualTo(vectors.get(0));
    float[] half = vectors.get(1);
    float[] end = vectors.get(3);
    ParameterLayout.Slice weights =
        new ParameterLayout(Checkpoint.read(settings.out()).config()).exits().getFirst();
    int exits = (int) weights.offset();
    int last = exits + 2 * weights.partSize();
    assertThat(Arrays.copyOf(end, exits)).isEqualTo(Arrays.copyOf(half, exits));
    assertThat(Arrays.copyOfRange(end, exits, last))
        .isNotEqualTo(Arrays.copyOfRange(half, exits, last));
    assertThat(Arrays.copyOfRange(end, last, last + weights.partSize()))
        .isEqualTo(Arrays.copyOfRange(half, last, last + weights.partSize()));
  }

  @Test
  void train_stateOfAnotherObjective_isRefused() {
    TrainerSettings settings = TinyData.settings(directory, "mine");
    Trainer.train(settings, TrainingListener.none());
    TrainerSettings other = with(settings, TrainerSettings.ObjectiveKind.ALTERNATING);
    assertThatThrownBy(() -> Trainer.train(other, TrainingListener.none()))
        .isInstanceOf(TrainingStateException.class)
        .hasMessageContaining("ALTERNATING");
  }

  @Test
  void train_startedAgainAfterItsEnd_givesTheSameResult() {
    TrainerSettings settings = TinyData.settings(directory, "mine");
    Trainer.Result first = Trainer.train(settings, TrainingListener.none());
    float[] weights = flat(settings.out());
    assertThat(Trainer.train(settings, TrainingListener.none())).isEqualTo(first);
    assertThat(flat(settings.out())).isEqualTo(weights);
  }

  @Test
  void train_stateOfOtherSettings_isRefusedAndNamesBoth() {
    TrainerSettings settings = TinyData.settings(directory, "mine");
    Trainer.train(settings, TrainingListener.none());
    assertThatThrownBy(() -> Trainer.train(seeded(settings, 9), TrainingListener.none()))
        .isInstanceOf(TrainingStateException.class)
        .hasMessageContaining("state.bin")
        .hasMessageContaining("seed 3")
        .hasMessageContaining("seed 9");
  }

  @Test
  void train_fromACheckpointWithOtherLabels_keepsTheEncoderAndLearnsNewExits() throws IOException {
    TrainerSettings first = TinyData.settings(directory, "first");
    Trainer.train(first, TrainingListener.none());
    Path renamed =
        Files.writeString(
            directory.resolve("renamed.tsv"),
            Files.readString(first.data().train())
                .replace("\t1", "\tgood")
                .replace("\t0", "\tbad"));
    TrainerSettings second =
        withNetwork(
            TinyData.settings(directory, "second"),
            new TrainerSettings.Data(renamed, Optional.empty(), 0),
            new TrainerSettings.Network(Optional.of(first.out()), 2, 8, 2, 8, 50, 24));
    Trainer.train(second, TrainingListener.none());
    Checkpoint checkpoint = Checkpoint.read(second.out());
    assertThat(checkpoint.config().labels()).containsExactly("bad", "good");
    assertThat(checkpoint.config().layers()).isEqualTo(3);
  }

  @Test
  void train_devLabelThatTrainingLacks_isRefused() throws IOException {
    TrainerSettings settings = TinyData.settings(directory, "mine");
    Files.writeString(settings.data().dev().orElseThrow(), "the film shines\t7\n");
    assertThatThrownBy(() -> Trainer.train(settings, TrainingListener.none()))
        .isInstanceOf(DataFormatException.class)
        .hasMessageContaining("label '7'");
  }

  @Test
  void train_holdout_isWrittenAndNotLearned() {
    TrainerSettings base = TinyData.settings(directory, "mine");
    TrainerSettings settings =
        withNetwork(
            base,
            new TrainerSettings.Data(base.data().train(), Optional.empty(), 30),
            base.network());
    Trainer.Result result = Trainer.train(settings, TrainingListener.none());
    LabelledFile heldOut = LabelledFile.read(result.heldOut().orElseThrow());
    assertThat(heldOut.rows()).hasSize(30);

    Tiers tiers =
        Calibrator.calibrate(
            result.checkpoint(),
            EvaluationTexts.read(heldOut.path()),
            Calibrator.Settings.defaults());
    assertThat(Tiers.read(result.checkpoint())).isEqualTo(tiers);
    assertThat(tiers.names()).startsWith("full", "x1.5", "x2");
  }

  @ParameterizedTest
  @EnumSource
  void train_fourEpochs_leavesNoArraysBehind(TrainerSettings.ObjectiveKind objective) {
    TrainerSettings settings = with(TinyData.settings(directory, "mine"), objective);
    TrainingTexts texts = TrainingTexts.prepare(settings, directory.resolve("mine.training"));
    try (var crew = new Crew(settings.threads());
        var manager = PyTorch.newManager()) {
      var arrays = new ArrayList<Integer>();
      var run =
          new TrainingRun(
              manager,
              new Classification(settings, texts),
              settings.schedule(),
              settings.seed(),
              settings.saveEvery(),
              directory,
              crew,
              new TrainingListener() {
                @Override
                public void stepped(Stepped event) {
                  arrays.add(manager.getManagedArrays().size());
                }
              });
      run.toTheEnd(() -> false);
      assertThat(arrays).hasSize(16);
      assertThat(arrays).containsOnly(arrays.getFirst());
    }
  }

  @Test
  void train_diskFillsUp_keepsTheStateAndGoesOnOnceThereIsRoom() throws IOException {
    float[] unbroken = weights(TinyData.settings(directory, "unbroken"));
    TrainerSettings settings = TinyData.settings(directory, "broken");
    assertThatThrownBy(() ->
            Trainer.train(
                settings,
                new TrainingListener() {
                  @Override
                  public void epochEnded(EpochEnded event) {
                    try { // The first epoch's state is whole, the next one's finds no room.
                      FullDisk.at(event.state().resolveSibling("state.bin.part"));
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  }
                }))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("No space left on device");
    assertThat(settings.out()).doesNotExist();
    var resumedAt = new ArrayList<Long>();
    Trainer.train(
        settings,
        new TrainingListener() {
          @Override
          public void started(Started event) {
            resumedAt.add(event.resumedAt());
          }
        });
    assertThat(resumedAt).containsExactly(4L);
    assertThat(flat(settings.out())).isEqualTo(unbroken);
  }

  @ParameterizedTest
  @EnumSource
  void train_lossThatIsNoNumber_namesTheStepAndKeepsTheCheckpoint(
      TrainerSettings.ObjectiveKind objective) throws IOException {
    TrainerSettings good = TinyData.settings(directory, "mine");
    float[] kept = weights(good);
    Path state = directory.resolve("mine.training").resolve("state.bin");
    Files.delete(state);
    TrainerSettings wild = diverging(with(good, objective));
    var last = new ArrayList<Long>();
    assertThatThrownBy(() ->
            Trainer.train(
                wild,
                new TrainingListener() {
                  @Override
                  public void stepped(Stepped event) {
                    last.add(event.step());
                  }
                }))
        .isInstanceOf(TrainingDivergedException.class)
        .satisfies(e ->
            assertThat(e)
                .hasMessageContaining("step %d of 16".formatted(last.size() + 1))
                .hasMessageContaining("No model of this run is of use"));
    assertThat(flat(good.out())).isEqualTo(kept);
    assertThat(state.resolveSibling("last-saved")).doesNotExist();
  }

  @Test
  void train_events_tellEpochStepLossRangeAndTimeLeft() {
    TrainerSettings settings = TinyData.lesson(directory, "mine");
    var steps = new ArrayList<TrainingListener.Stepped>();
    var epochs = new ArrayList<TrainingListener.EpochEnded>();
    Trainer.train(
        settings,
        new TrainingListener() {
          @Override
          public void stepped(Stepped event) {
            steps.add(event);
          }

          @Override
          public void epochEnded(EpochEnded event) {
            epochs.add(event);
          }
        });
    assertThat(steps).hasSize(80);
    assertThat(steps.getLast().step()).isEqualTo(80);
    assertThat(steps.getLast().epoch()).isEqualTo(4);
    assertThat(steps.getLast().left()).isEqualTo(Duration.ZERO);
    assertThat(steps.getLast().loss()).isLessThan(steps.getFirst().loss());
    assertThat(epochs).hasSize(4);
    assertThat(epochs.getLast().loss()).isLessThan(epochs.getFirst().loss());
    assertThat(epochs).allMatch(event -> event.signals().low() < event.signals().high());
    assertThat(epochs).allMatch(event -> Files.exists(event.state()));
  }

  private float[] weights(TrainerSettings settings) {
    Trainer.train(settings, TrainingListener.none());
    return flat(settings.out());
  }

  static float[] flat(Path checkpoint) {
    List<float[]> parts =
        Checkpoint.read(checkpoint).tensors().values().stream().map(t -> t.values()).toList();
    var flat = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int offset = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, flat, offset, part.length);
      offset += part.length;
    }
    return flat;
  }

  /** A rate at which the second step overflows, and a state saved after every step. */
  private static TrainerSettings diverging(TrainerSettings s) {
    return new TrainerSettings(
        s.data(),
        s.out(),
        s.network(),
        new TrainerSettings.Schedule(4, 16, 1e30, 0, 0.01, 1, 0.9),
        s.regularization(),
        s.objective(),
        s.cosee(),
        s.distillation(),
        s.seed(),
        s.threads(),
        Duration.ZERO);
  }

  private static TrainerSettings threaded(TrainerSettings s, int threads) {
    return changed(s, s.objective(), s.seed(), threads);
  }

  private static TrainerSettings seeded(TrainerSettings s, long seed) {
    return changed(s, s.objective(), seed, s.threads());
  }

  private static TrainerSettings with(TrainerSettings s, TrainerSettings.ObjectiveKind objective) {
    return changed(s, objective, s.seed(), s.threads());
  }

  private static TrainerSettings changed(
      TrainerSettings s, TrainerSettings.ObjectiveKind objective, long seed, int threads) {
    return new TrainerSettings(
        s.data(),
        s.out(),
        s.network(),
        s.schedule(),
        s.regularization(),
        objective,
        s.cosee(),
        s.distillation(),
        seed,
        threads,
        s.saveEvery());
  }

  private static TrainerSettings withNetwork(
      TrainerSettings s, TrainerSettings.Data data, TrainerSettings.Network network) {
    return new TrainerSettings(
        data,
        s.out(),
        network,
        s.schedule(),
        s.regularization(),
        s.objective(),
        s.cosee(),
        s.distillation(),
        s.seed(),
        s.threads(),
        s.saveEvery());
  }
}
