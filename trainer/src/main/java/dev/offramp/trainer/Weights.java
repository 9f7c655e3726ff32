package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import org.jspecify.annotations.Nullable;

/**
 * The numbers that training moves: the parameters, the optimizer's memory of their gradients, and
 * the running average that the checkpoint gets.
 *
 * <p>Ownership: all arrays belong to the manager given at birth.
 */
final class Weights {
  private final Parameters parameters;
  private final AdamW optimizer;
  private final TrainerSettings.Schedule schedule;
  private final @Nullable NDArray average;
  private @Nullable NDArray internalExits;

  private Weights(
      Parameters parameters,
      AdamW optimizer,
      TrainerSettings.Schedule schedule,
      @Nullable NDArray average) {
    this.parameters = parameters;
    this.optimizer = optimizer;
    this.schedule = schedule;
    this.average = average;
  }

  /** The weights before the first step. */
  static Weights initial(
      NDManager manager, Parameters parameters, TrainerSettings.Schedule schedule) {
    return new Weights(
        parameters,
        AdamW.atRest(manager, parameters.decay(manager, (float) schedule.weightDecay())),
        schedule,
        schedule.averaging() > 0 ? parameters.vector().duplicate() : null);
  }

  /** The weights of a saved run, as {@link #vectors} gave them. */
  static Weights resumed(
      NDManager manager,
      ParameterLayout layout,
      TrainerSettings.Schedule schedule,
      float[][] vectors) {
    var parameters = Parameters.of(manager, layout, vectors[0]);
    var optimizer =
        new AdamW(
            PyTorch.vector(manager, vectors[1]),
            PyTorch.vector(manager, vectors[2]),
            parameters.decay(manager, (float) schedule.weightDecay()));
    NDArray average = schedule.averaging() > 0 ? PyTorch.vector(manager, vectors[3]) : null;
    return new Weights(parameters, optimizer, schedule, average);
  }

  /** The parameters that the next step differentiates by. */
  Parameters parameters() {
    return parameters;
  }

  /** The parameters that the checkpoint gets: their running average, if one is kept. */
  Parameters result() {
    return average == null ? parameters : parameters.with(average);
  }

  /**
   * Moves the parameters against a gradient, which it clips in place, and the average after them.
   *
   * @param trainable what moves at all
   * @param step the step's number, from 1
   */
  void step(NDArray gradient, Trainable trainable, double learningRate, long step) {
    NDArray mask = mask(trainable);
    NDArray own = mask == null ? gradient : gradient.muli(mask);
    NDArray clipped = Gradients.clipped(own, schedule.clip());
    optimizer.step(parameters.vector(), clipped, mask, (float) learningRate, step);
    if (average != null) {
      // Early steps, which differ most from where training ends, weigh less.
      double decay = Math.min(schedule.averaging(), (1.0 + step) / (10.0 + step));
      try (var scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        average.muli((float) decay).addi(parameters.vector().mul((float) (1 - decay)));
      }
    }
  }

  /** 1 where a parameter moves, 0 where it stays; null where all move. */
  private @Nullable NDArray mask(Trainable trainable) {
    return switch (trainable) {
      case ALL -> null;
      case INTERNAL_EXITS -> {
        if (internalExits == null) {
          internalExits = parameters.internalExits(parameters.vector().getManager());
          NDScope.unregister(internalExits); // It outlives the step that asks first.
        }
        yield internalExits;
      }
    };
  }

  /** A copy of all numbers, to be saved. */
  float[][] vectors() {
    var vectors = new float[average == null ? 3 : 4][];
    vectors[0] = parameters.vector().toFloatArray();
    vectors[1] = optimizer.first().toFloatArray();
    vectors[2] = optimizer.second().toFloatArray();
    if (average != null) {
      vectors[3] = average.toFloatArray();
    }
    return vectors;
  }
}
