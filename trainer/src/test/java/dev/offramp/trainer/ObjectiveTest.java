package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ObjectiveTest {
  /** One sample of class 1 at three exits, with probabilities 1/2, 3/4, 7/8. */
  private static final float[] LOGITS = {0, 0, 0, (float) Math.log(3), 0, (float) Math.log(7)};

  private static final Shape SHAPE = new Shape(3, 1, 2);
  private static final int[] LABELS = {1};

  @Test
  void cosee_byHand_weighsByWhereTheSampleWouldLeave() {
    // Energies of the internal exits: 1/3, 1/5. A range of one point draws the threshold 0.3, so
    // the sample leaves at exit 2. beta = 2 ln 2 * 50 / 100 = ln 2: weights 1/4, 1/2, 1/4.
    // Its one sample is hard (a tie goes to class 0) at exit 1 and easy at exit 2: no calibration.
    var settings = new CoseeSettings(ExitSignal.ENERGY, 2 * Math.log(2), 4, 0.1, 0.3, 1);
    var objective = new CoseeObjective(settings, 0);
    var step = new Step(50, 100, new SignalRange(0.3, 0.3), new Random(1));
    try (NDManager manager = PyTorch.newManager()) {
      Objective.Loss loss = objective.loss(manager.create(LOGITS, SHAPE), LABELS, step);
      double expected = -(Math.log(1 / 2.0) / 4 + Math.log(3 / 4.0) / 2 + Math.log(7 / 8.0) / 4);
      assertThat(loss.totalValue()).isCloseTo(expected, within(1e-6));
      assertThat(loss.crossEntropy()).isCloseTo(expected, within(1e-6));
      assertThat(loss.calibration()).isZero();
      assertThat(loss.signals().low()).isCloseTo(1 / 5.0, within(1e-6));
      assertThat(loss.signals().high()).isCloseTo(1 / 3.0, within(1e-6));
    }
  }

  @Test
  void cosee_atTheFirstStep_weighsAllExitsAlikeAndAddsTheCalibration() {
    // Two samples, exit 1 is right about the first only. Energies 1/4 and 1/4: hinge at the margin.
    float[] logits = {0, (float) Math.log(2), 0, (float) Math.log(2), 0, 0, 0, 0};
    var objective = new CoseeObjective(CoseeSettings.defaults(), 0);
    var step = new Step(0, 10, SignalRange.UNIT, new Random(1));
    try (NDManager manager = PyTorch.newManager()) {
      Objective.Loss loss =
          objective.loss(manager.create(logits, new Shape(2, 2, 2)), new int[] {1, 0}, step);
      double first = -(Math.log(2 / 3.0) + Math.log(1 / 3.0)) / 2;
      double crossEntropy = (first + Math.log(2)) / 2;
      assertThat(loss.crossEntropy()).isCloseTo(crossEntropy, within(1e-6));
      assertThat(loss.calibration()).isCloseTo(0.3, within(1e-6));
      assertThat(loss.totalValue()).isCloseTo(crossEntropy + 0.1 * 0.3, within(1e-6));
    }
  }

  @ParameterizedTest
  @EnumSource
  void cosee_gradient_agreesWithFiniteDifferences(ExitSignal signal) {
    // The choice of exits is constant around these logits: it has no gradient, the weights are
    // constants. beta 5, so that they differ; alpha 1, so that the calibration shows.
    long seed = 41;
    var settings = new CoseeSettings(signal, 10, 5, 1, 0.3, 1.5);
    var objective = new CoseeObjective(settings, 0.1);
    int[] labels = {0, 1, 1, 0, 1};
    float[] logits = TensorSignalsTest.normal(new Random(seed), 4 * 5 * 2, 1);
    var shape = new Shape(4, 5, 2);
    float[] gradient =
        Differentiation.gradient(array -> total(objective, array, labels), logits, shape);
    float[] differences =
        Differentiation.differences(array -> total(objective, array, labels), logits, shape);
    assertThat(gradient).as("seed %d", seed).containsExactly(differences, within(3e-4f));
  }

  @Test
  void sum_byHand_isTheMeanOverExits() {
    Objective objective = of(ObjectiveKind.SUM);
    var step = new Step(0, 1, SignalRange.UNIT, new Random(1));
    try (NDManager manager = PyTorch.newManager()) {
      Objective.Loss loss = objective.loss(manager.create(LOGITS, SHAPE), LABELS, step);
      assertThat(loss.totalValue())
          .isCloseTo(-Math.log(1 / 2.0 * 3 / 4.0 * 7 / 8.0) / 3, within(1e-6));
    }
  }

  @Test
  void depthWeighted_byHand_countsDeeperExitsMore() {
    assertThat(value(of(ObjectiveKind.DEPTH_WEIGHTED), 0))
        .isCloseTo(
            -(Math.log(1 / 2.0) + 2 * Math.log(3 / 4.0) + 3 * Math.log(7 / 8.0)) / 6, within(1e-6));
  }

  @Test
  void alternating_byHand_isTheLastExitThenTheMean() {
    Objective objective = of(ObjectiveKind.ALTERNATING);
    assertThat(value(objective, 0)).isCloseTo(-Math.log(7 / 8.0) / 3, within(1e-6));
    assertThat(value(objective, 1))
        .isCloseTo(-Math.log(1 / 2.0 * 3 / 4.0 * 7 / 8.0) / 3, within(1e-6));
    assertThat(value(objective, 2)).isCloseTo(-Math.log(7 / 8.0) / 3, within(1e-6));
  }

  @Test
  void twoStage_byHand_isTheLastExitThenTheOthersOnAFrozenBackbone() {
    Objective objective = of(ObjectiveKind.TWO_STAGE);
    assertThat(value(objective, 49)).isCloseTo(-Math.log(7 / 8.0), within(1e-6));
    assertThat(objective.trainable(at(49)))
        .isEqualTo(new Trainable(Trainable.Part.ALL_BUT_INTERNAL_EXITS, 50));
    assertThat(value(objective, 50)).isCloseTo(-Math.log(1 / 2.0 * 3 / 4.0) / 2, within(1e-6));
    assertThat(objective.trainable(at(50)))
        .isEqualTo(new Trainable(Trainable.Part.INTERNAL_EXITS, 1));
  }

  @Test
  void sum_byHand_isCoseeWithoutItsHalves() {
    CoseeSettings halves = CoseeSettings.defaults().withoutCalibration().withoutWeighting();
    assertThat(value(of(ObjectiveKind.SUM), 50))
        .isCloseTo(value(new CoseeObjective(halves, 0), 50), within(1e-6));
  }

  @ParameterizedTest
  @EnumSource
  void weights_anyStep_addUpToOneAtMost(ObjectiveKind kind) {
    // Logits of zero: every exit's cross-entropy is the same, so that the loss tells the weights.
    int classes = 4;
    var settings = CoseeSettings.defaults().withoutCalibration();
    Objective objective = Objectives.of(kind, settings, Distillation.NONE, 0);
    try (NDManager manager = PyTorch.newManager()) {
      for (int index = 0; index < 100; index++) {
        NDArray logits = manager.zeros(new Shape(5, 3, classes));
        Objective.Loss loss = objective.loss(logits, new int[] {0, 1, 3}, at(index));
        assertThat(loss.crossEntropy() / Math.log(classes)).isGreaterThan(0).isLessThan(1 + 1e-6);
      }
    }
  }

  @Test
  void coseeWithoutWeighting_byHand_averagesTheExitsAtTheLastStep() {
    assertThat(value(of(ObjectiveKind.COSEE_WITHOUT_SWM), 99))
        .isCloseTo(-Math.log(1 / 2.0 * 3 / 4.0 * 7 / 8.0) / 3, within(1e-6));
  }

  @Test
  void coseeWithoutCalibration_hingeAtTheMargin_addsNothing() {
    float[] logits = {0, (float) Math.log(2), 0, (float) Math.log(2), 0, 0, 0, 0};
    try (NDManager manager = PyTorch.newManager()) {
      Objective.Loss loss =
          of(ObjectiveKind.COSEE_WITHOUT_OSC)
              .loss(manager.create(logits, new Shape(2, 2, 2)), new int[] {1, 0}, at(0));
      assertThat(loss.calibration()).isCloseTo(0.3, within(1e-6));
      assertThat(loss.totalValue()).isCloseTo(loss.crossEntropy(), within(1e-6));
    }
  }

  @Test
  void distilled_byHand_addsTheDivergenceFromTheLastExit() {
    // At temperature 1: KL((1/8, 7/8) || (1/2, 1/2)) and KL((1/8, 7/8) || (1/4, 3/4)), halved.
    Objective objective =
        Objectives.of(ObjectiveKind.SUM, CoseeSettings.defaults(), new Distillation(3, 1), 0);
    double first = Math.log(1 / 4.0) / 8 + 7 * Math.log(7 / 4.0) / 8;
    double second = Math.log(1 / 2.0) / 8 + 7 * Math.log(7 / 6.0) / 8;
    assertThat(value(objective, 0))
        .isCloseTo(value(of(ObjectiveKind.SUM), 0) + 3 * (first + second) / 2, within(1e-6));
  }

  @ParameterizedTest
  @CsvSource({
    "TWO_STAGE, 10, false",
    "TWO_STAGE, 90, true",
    "ALTERNATING, 10, false",
    "ALTERNATING, 11, true"
  })
  void distilled_stepsOfTheLastExitAlone_teachNoOther(
      ObjectiveKind kind, long index, boolean teaches) {
    Objective distilled = Objectives.of(kind, CoseeSettings.defaults(), new Distillation(3, 1), 0);
    assertThat(value(distilled, index) > value(of(kind), index) + 1e-3).isEqualTo(teaches);
  }

  @Test
  void distilled_gradient_agreesWithFiniteDifferencesAndSparesTheTeacher() {
    long seed = 43;
    Objective sum = of(ObjectiveKind.SUM);
    Objective distilled =
        Objectives.of(ObjectiveKind.SUM, CoseeSettings.defaults(), new Distillation(0.7, 2), 0);
    int[] labels = {0, 1, 1, 0};
    float[] logits = TensorSignalsTest.normal(new Random(seed), 3 * 4 * 2, 1);
    var shape = new Shape(3, 4, 2);
    int students = 2 * 4 * 2;
    float[] gradient =
        Differentiation.gradient(array -> total(distilled, array, labels), logits, shape);
    float[] differences =
        Differentiation.differences(array -> total(distilled, array, labels), logits, shape);
    assertThat(Arrays.copyOf(gradient, students))
        .as("seed %d", seed)
        .containsExactly(Arrays.copyOf(differences, students), within(3e-4f));
    float[] alone = Differentiation.gradient(array -> total(sum, array, labels), logits, shape);
    assertThat(Arrays.copyOfRange(gradient, students, gradient.length))
        .as("the teacher learns from the labels alone")
        .containsExactly(Arrays.copyOfRange(alone, students, alone.length), within(1e-6f));
  }

  @ParameterizedTest
  @EnumSource
  void everyObjective_gradient_agreesWithFiniteDifferences(ObjectiveKind kind) {
    long seed = 44;
    int[] labels = {0, 1, 1, 0, 1};
    float[] logits = TensorSignalsTest.normal(new Random(seed), 4 * 5 * 2, 1);
    var shape = new Shape(4, 5, 2);
    assertThat(Differentiation.gradient(array -> total(of(kind), array, labels), logits, shape))
        .as("seed %d", seed)
        .containsExactly(
            Differentiation.differences(array -> total(of(kind), array, labels), logits, shape),
            within(3e-4f));
  }

  @Test
  void crossEntropy_smoothed_spreadsPartOfTheLabel() {
    try (NDManager manager = PyTorch.newManager()) {
      NDArray losses = CrossEntropy.of(manager.create(LOGITS, SHAPE), LABELS, 0.2f);
      // Exit 2: 0.9 of the target at p = 3/4 and 0.1 at p = 1/4.
      assertThat(losses.toFloatArray()[1])
          .isCloseTo((float) -(0.9 * Math.log(0.75) + 0.1 * Math.log(0.25)), within(1e-6f));
    }
  }

  @Test
  void cosee_oneExitOnly_isRefused() {
    var objective = new CoseeObjective(CoseeSettings.defaults(), 0);
    var step = new Step(0, 1, SignalRange.UNIT, new Random(1));
    try (NDManager manager = PyTorch.newManager()) {
      NDArray logits = manager.create(new float[] {0, 1}, new Shape(1, 1, 2));
      assertThatThrownBy(() -> objective.loss(logits, LABELS, step))
          .hasMessage("exits: 1 (expected: >= 2)");
    }
  }

  private static Objective of(ObjectiveKind kind) {
    return Objectives.of(kind, CoseeSettings.defaults(), Distillation.NONE, 0);
  }

  private static Step at(long index) {
    return new Step(index, 100, new SignalRange(0.3, 0.3), new Random(1));
  }

  private static double value(Objective objective, long index) {
    try (NDManager manager = PyTorch.newManager()) {
      return objective.loss(manager.create(LOGITS, SHAPE), LABELS, at(index)).totalValue();
    }
  }

  private static NDArray total(Objective objective, NDArray logits, int[] labels) {
    return objective
        .loss(logits, labels, new Step(50, 100, new SignalRange(0.1, 0.9), new Random(5)))
        .total();
  }
}
