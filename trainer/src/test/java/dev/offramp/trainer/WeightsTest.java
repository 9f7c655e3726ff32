package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.offramp.model.reference.RandomModels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
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
  private double[][] byHand(int parts, float scale, Trainable trainable) {
    var first = new double[size];
    var second = new double[size];
    var values = new double[size];
    double[] decay = decay();
    boolean[] moves = moves(trainable);
    for (int i = 0; i < size; i++) {
      values[i] = start[i];
    }
    double[] average = values.clone();
    for (int step = 1; step <= STEPS; step++) {
      List<float[]> given = gradients(step, parts, scale);
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
        double g = gradient[i] * factor;
        first[i] = 0.9 * first[i] + 0.1 * g;
        second[i] = 0.999 * second[i] + 0.001 * g * g;
        if (moves[i]) {
          double m = first[i] / (1 - Math.pow(0.9, step));
          double v = second[i] / (1 - Math.pow(0.999, step));
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

  private boolean[] moves(Trainable trainable) {
    var moves = new boolean[size];
    List<Range> ranges =
        trainable == Trainable.ALL ? List.of(new Range(0, size)) : layout.internalExits();
    for (Range range : ranges) {
      for (int i = range.from(); i < range.to(); i++) {
        moves[i] = true;
      }
    }
    return moves;
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
      requireSteps(crew, parts, scale, Trainable.ALL);
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "3"})
  void step_internalExitsAlone_movesThemAndAveragesAll(int threads) {
    try (var crew = new Crew(threads)) {
      requireSteps(crew, 2, 1, Trainable.INTERNAL_EXITS);
    }
  }

  private void requireSteps(Crew crew, int parts, float scale, Trainable trainable) {
    for (int step = 1; step <= STEPS; step++) {
      List<NDArray> arrays = gradients(step, parts, scale).stream().map(manager::create).toList();
      weights.step(arrays, trainable, RATE, step, crew);
    }
    double[][] expected = byHand(parts, scale, trainable);
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
      assertThatThrownBy(() -> weights.step(arrays, Trainable.ALL, RATE, 1, crew))
          .isInstanceOf(TrainingDivergedException.class);
      assertThat(weights.parameters().vector().toFloatArray()).isEqualTo(start);
      assertThat(weights.vectors()[0]).isEqualTo(start);
      assertThat(weights.vectors()[1]).containsOnly(0);
    }
  }
}
