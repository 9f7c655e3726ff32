package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.EncodedText;
import dev.offramp.trainer.data.DataFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A batch in parts against the same batch as a whole. */
class BatchGradientTest {
  private static final int TEXTS = 11;

  private final Random random = new Random(9);
  private final ModelConfig config = RandomModels.config(3, 16, 2, 24, 4);
  private final List<EncodedText> texts =
      IntStream.range(0, TEXTS)
          .mapToObj(i -> RandomModels.text(config, 2 + 3 * i % 17, random))
          .toList();
  private final int[] labels = random.ints(TEXTS, 0, config.classes()).toArray();

  /** COSEE's loss looks at all texts of a batch together. */
  private Forward forward(int parts) {
    return forward(config, Distillation.NONE, parts);
  }

  private Forward forward(ModelConfig backbone, Distillation distillation, int parts) {
    Objective objective =
        Objectives.of(
            TrainerSettings.ObjectiveKind.COSEE, CoseeSettings.defaults(), distillation, 0.1);
    return new Forward(
        new Range(0, TEXTS)
            .split(parts).stream()
                .map(rows -> part(backbone, texts.subList(rows.from(), rows.to())))
                .toList(),
        1,
        logits -> objective.loss(logits, labels, step()));
  }

  private static Forward.Part part(ModelConfig backbone, List<EncodedText> some) {
    var layout = new ParameterLayout(backbone);
    return parameters ->
        new Encoder(backbone).logits(parameters, layout, Batch.of(some), Dropout.none());
  }

  /** The first text has no word to hide, and with a part for each text that part has none. */
  private Forward guessing(int parts) {
    var settings =
        new PretrainerSettings(
            List.of(Path.of("unused")),
            DataFormat.AUTO,
            Optional.empty(),
            Path.of("unused"),
            TrainerSettings.Network.defaults(),
            TrainerSettings.Schedule.defaults(),
            0.3,
            0,
            1,
            1,
            Duration.ZERO);
    assertThat(texts.getFirst().length()).isEqualTo(2);
    return new LanguageModelling(
            settings, config, 1, texts, Optional.empty(), Optional.empty(), 0, "unused")
        .forward(IntStream.range(0, TEXTS).toArray(), step(), parts);
  }

  private static Step step() {
    return new Step(3, 9, SignalRange.UNIT, new SplittableRandom(5));
  }

  private static float[] sum(List<NDArray> parts) {
    float[] sum = parts.getFirst().toFloatArray();
    for (NDArray part : parts.subList(1, parts.size())) {
      float[] values = part.toFloatArray();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += values[i];
      }
    }
    return sum;
  }

  private static double norm(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "3, 1", "11, 1", "2, 2", "3, 2", "5, 3", "20, 4"})
  void parts_anyNumberOnAnyCrew_sumUpToTheGradientOfTheWhole(int parts, int threads) {
    requireSum(new ParameterLayout(config), this::forward, parts, threads);
  }

  @Test
  void parts_layersThatAreShared_sumUpToTheGradientOfTheWhole() {
    ModelConfig albert = config.asAlbert(8);
    requireSum(
        new ParameterLayout(albert), parts -> forward(albert, Distillation.NONE, parts), 3, 2);
  }

  @Test
  void parts_lastExitAsATeacher_sumUpToTheGradientOfTheWhole() {
    requireSum(
        new ParameterLayout(config), parts -> forward(config, new Distillation(1, 2), parts), 3, 2);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, TEXTS})
  void parts_wordsToGuess_sumUpToTheGradientOfTheWhole(int parts) {
    requireSum(ParameterLayout.ofLanguageModel(config), this::guessing, parts, 2);
  }

  private static void requireSum(
      ParameterLayout layout, IntFunction<Forward> forward, int parts, int threads) {
    try (NDManager manager = PyTorch.newManager();
        var one = new Crew(1);
        var crew = new Crew(threads)) {
      NDArray vector = Parameters.initial(manager, layout, 4).vector().muli(8);
      try (var whole = new BatchGradient(forward.apply(1), vector, one);
          var parted = new BatchGradient(forward.apply(parts), vector, crew)) {
        assertThat(parted.parts()).hasSize(Math.min(parts, TEXTS));
        assertThat(parted.loss().totalValue()).isCloseTo(whole.loss().totalValue(), within(1e-5));
        float[] expected = sum(whole.parts());
        assertThat(norm(expected)).as("it has one").isGreaterThan(0.1);
        float[] difference = sum(parted.parts());
        for (int i = 0; i < difference.length; i++) {
          difference[i] -= expected[i];
        }
        assertThat(norm(difference) / norm(expected)).isLessThan(1e-5);
      }
    }
  }

  @Test
  void close_leavesNoArraysBehind() {
    try (NDManager manager = PyTorch.newManager();
        var crew = new Crew(2)) {
      NDArray vector = Parameters.initial(manager, new ParameterLayout(config), 4).vector();
      int before = manager.getManagedArrays().size();
      new BatchGradient(forward(2), vector, crew).close();
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
  }

  @Test
  void construction_partFails_throwsItAndLeavesNoArraysBehind() {
    try (NDManager manager = PyTorch.newManager();
        var crew = new Crew(2)) {
      NDArray vector = Parameters.initial(manager, new ParameterLayout(config), 4).vector();
      int before = manager.getManagedArrays().size();
      var broken =
          new Forward(
              List.of(
                  part(config, texts),
                  _ -> {
                    throw new IllegalStateException("on purpose");
                  }),
              1,
              _ -> {
                throw new AssertionError("there is nothing to join");
              });
      assertThatThrownBy(() -> new BatchGradient(broken, vector, crew))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("on purpose");
      assertThat(manager.getManagedArrays()).hasSize(before);
      new BatchGradient(forward(2), vector, crew).close(); // It can be done again.
    }
  }
}
