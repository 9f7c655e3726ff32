package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.trainer.Trainable.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Steps by hand in double precision against those of crews. */
class WeightsTest {
  private static final double RATE = 0.01;
  private static final double CLIP = 0.5;
  private static final double AVERAGING = 0.3;
  private static final int STEPS = 3;

  private final NDManager manager = PyTorch.newManager();
  private final ParameterLayout layout = new ParameterLayout(RandomModels.config(2, 16, 2, 24, 3));
  private final int size = (int) layout.size();
  private final Weights weights =
      Weights.initial(
          manager,
          Parameters.initial(manager, layout, 6),
          new TrainerSettings.Schedule(1, 1, RATE, 0, 0.1, CLIP, AVERAGING));
  private final float[] start = weights.parameters().vector().toFloatArray();

  @AfterEach
  void close() {
    manager.close();
  }

  /** Gradients, the same for the same step; values decide whether they are clipped. */
  private List<float[]> gradients(int step, int parts, float scale) {
    var random = new Random(step);
    List<float[]> result = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      var values = new float[size];
      for (int i = 0; i < size; i++) {
        values[i] = (float) random.nextGaussian() * scale;
      }
      result.add(values);
    }
    return result;
  }

  /** Parameters and their average after some steps. */
  private double[][] byHand(int parts, float scale, List<Trainable> trainables) {
    var first = new double[size];
    var second = new double[size];
    var values = new double[size];
    double[] decay = decay();
    var updates = new int[size];
    for (int i = 0; i < size; i++) {
      values[i] = start[i];
    }
    double[] average = values.clone();
    for (int step = 1; step <= STEPS; step++) {
      List<float[]> given = gradients(step, parts, scale);
      boolean[] moves = moves(trainables.get(step - 1).part());
      var gradient = new double[size];
      double squares = 0;
      for (int i = 0; i < size; i++) {
        for (float[] part : given) {
          gradient[i] += moves[i] ? part[i] : 0;
        }
        squares += gradient[i] * gradient[i];
      }
      double factor = Math.min(1, CLIP / Math.sqrt(squares));
      for (int i = 0; i < size; i++) {
        if (moves[i]) {
          double g = gradient[i] * factor;
          updates[i]++;
          first[i] = 0.9 * first[i] + 0.1 * g;
          second[i] = 0.999 * second[i] + 0.001 * g * g;
          double m = first[i] / (1 - Math.pow(0.9, updates[i]));
          double v = second[i] / (1 - Math.pow(0.999, updates[i]));
          values[i] -= RATE * (m / (Math.sqrt(v) + 1e-8) + decay[i] * values[i]);
        }
        double kept = Math.min(AVERAGING, (1.0 + step) / (10.0 + step));
        average[i] = kept * average[i] + (1 - kept) * values[i];
      }
    }
    return new double[][] {values, average};
  }

  private double[] decay() {
    var decay = new double[size];
    for (ParameterLayout.Slice slice : layout.slices()) {
      if (slice.kind() == ParameterLayout.Kind.WEIGHT) {
        Arrays.fill(decay, (int) slice.offset(), (int) (slice.offset() + slice.size()), 0.1);
      }
    }
    return decay;
  }

  private boolean[] moves(Part part) {
    var internal = new boolean[size];
    for (Range range : layout.internalExits()) {
      Arrays.fill(internal, range.from(), range.to(), true);
    }
    var moves = new boolean[size];
    for (int i = 0; i < size; i++) {
      moves[i] =
          switch (part) {
            case ALL -> true;
            case INTERNAL_EXITS -> internal[i];
            case ALL_BUT_INTERNAL_EXITS -> !internal[i];
          };
    }
    return moves;
  }

  private static List<Trainable> always(Part part) {
    return LongStream.rangeClosed(1, STEPS).mapToObj(n -> new Trainable(part, n)).toList();
  }

  private static void requireClose(float[] values, double[] expected) {
    double farthest = 0;
    for (int i = 0; i < values.length; i++) {
      farthest = Math.max(farthest, Math.abs(values[i] - expected[i]));
    }
    assertThat(farthest).as("the greatest difference").isLessThan(2e-6);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 2, 1", "2, 2, 1", "3, 2, 1e-3", "3, 4, 1"})
  void step_anyCrew_movesAsTheFormulasSay(int threads, int parts, float scale) {
    try (var crew = new Crew(threads)) {
      requireSteps(crew, parts, scale, always(Part.ALL));
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "3"})
  void step_internalExitsAlone_movesThemAndAveragesAll(int threads) {
    try (var crew = new Crew(threads)) {
      requireSteps(crew, 2, 1, always(Part.INTERNAL_EXITS));
    }
  }

  /** As two-stage training does: what begins to move late has Adam's large first steps. */
  @Test
  void step_secondStage_beginsItsOwnOptimizer() {
    try (var crew = new Crew(2)) {
      requireSteps(
          crew,
          2,
          1,
          List.of(
              new Trainable(Part.ALL_BUT_INTERNAL_EXITS, 1),
              new Trainable(Part.INTERNAL_EXITS, 1),
              new Trainable(Part.INTERNAL_EXITS, 2)));
    }
  }

  private void requireSteps(Crew crew, int parts, float scale, List<Trainable> trainables) {
    for (int step = 1; step <= STEPS; step++) {
      List<NDArray> arrays = gradients(step, parts, scale).stream().map(manager::create).toList();
      weights.step(arrays, trainables.get(step - 1), RATE, step, crew);
    }
    double[][] expected = byHand(parts, scale, trainables);
    requireClose(weights.parameters().vector().toFloatArray(), expected[0]);
    requireClose(weights.result().vector().toFloatArray(), expected[1]);
    requireClose(weights.vectors()[0], expected[0]);
    requireClose(weights.vectors()[3], expected[1]);
  }

  @Test
  void step_gradientIsNotFinite_movesNothing() {
    try (var crew = new Crew(2)) {
      float[] broken = gradients(1, 1, 1).getFirst();
      broken[size - 1] = Float.NaN;
      List<NDArray> arrays = List.of(manager.create(broken));
      assertThatThrownBy(() -> weights.step(arrays, new Trainable(Part.ALL, 1), RATE, 1, crew))
          .isInstanceOf(TrainingDivergedException.class);
      assertThat(weights.parameters().vector().toFloatArray()).isEqualTo(start);
      assertThat(weights.vectors()[0]).isEqualTo(start);
      assertThat(weights.vectors()[1]).containsOnly(0);
    }
  }
}
