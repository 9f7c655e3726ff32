package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.EncodedText;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A batch in parts against the same batch as a whole. */
class BatchGradientTest {
  private static final int TEXTS = 11;

  private final Random random = new Random(9);
  private final ModelConfig config = RandomModels.config(3, 16, 2, 24, 4);
  private final ParameterLayout layout = new ParameterLayout(config);
  private final List<EncodedText> texts =
      IntStream.range(0, TEXTS)
          .mapToObj(i -> RandomModels.text(config, 2 + 3 * i % 17, random))
          .toList();
  private final int[] labels = random.ints(TEXTS, 0, config.classes()).toArray();

  /** COSEE's loss looks at all texts of a batch together. */
  private Forward forward(int parts) {
    Objective objective =
        Objectives.of(
            TrainerSettings.ObjectiveKind.COSEE, CoseeSettings.defaults(), Distillation.NONE, 0.1);
    return new Forward(
        new Range(0, TEXTS)
            .split(parts).stream()
                .map(rows -> part(texts.subList(rows.from(), rows.to())))
                .toList(),
        1,
        logits ->
            objective.loss(
                logits, labels, new Step(3, 9, SignalRange.UNIT, new SplittableRandom(5))));
  }

  private Forward.Part part(List<EncodedText> some) {
    return parameters ->
        new Encoder(config).logits(parameters, layout, Batch.of(some), Dropout.none());
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

  private static double squares(List<NDArray> parts) {
    double squares = 0;
    for (float value : sum(parts)) {
      squares += (double) value * value;
    }
    return squares;
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "3, 1", "11, 1", "2, 2", "3, 2", "5, 3", "20, 4"})
  void parts_anyNumberOnAnyCrew_sumUpToTheGradientOfTheWhole(int parts, int threads) {
    try (NDManager manager = PyTorch.newManager();
        var one = new Crew(1);
        var crew = new Crew(threads)) {
      NDArray vector = Parameters.initial(manager, layout, 4).vector().muli(8);
      try (var whole = new BatchGradient(forward(1), vector, one);
          var parted = new BatchGradient(forward(parts), vector, crew)) {
        assertThat(parted.parts()).hasSize(Math.min(parts, TEXTS));
        assertThat(parted.loss().totalValue()).isCloseTo(whole.loss().totalValue(), within(1e-5));
        assertThat(sum(parted.parts())).containsExactly(sum(whole.parts()), within(1e-5f));
        assertThat(Math.sqrt(squares(whole.parts()))).as("it has one").isGreaterThan(0.1);
      }
    }
  }

  @Test
  void close_leavesNoArraysBehind() {
    try (NDManager manager = PyTorch.newManager();
        var crew = new Crew(2)) {
      NDArray vector = Parameters.initial(manager, layout, 4).vector();
      int before = manager.getManagedArrays().size();
      new BatchGradient(forward(2), vector, crew).close();
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
  }

  @Test
  void construction_partFails_throwsItAndLeavesNoArraysBehind() {
    try (NDManager manager = PyTorch.newManager();
        var crew = new Crew(2)) {
      NDArray vector = Parameters.initial(manager, layout, 4).vector();
      int before = manager.getManagedArrays().size();
      var broken =
          new Forward(
              List.of(
                  part(texts),
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
