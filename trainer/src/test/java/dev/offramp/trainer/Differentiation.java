package dev.offramp.trainer;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/** Gradients two ways: as PyTorch gives them, and as finite differences. */
final class Differentiation {
  private static final float STEP = 0.01f;

  private Differentiation() {}

  /** PyTorch's gradient of a scalar function at {@code values}. */
  static float[] gradient(UnaryOperator<NDArray> function, float[] values, Shape shape) {
    return gradient(function, values, shape, () -> {});
  }

  /** As above; {@code between} runs after the forward pass and before the backward pass. */
  static float[] gradient(
      UnaryOperator<NDArray> function, float[] values, Shape shape, Runnable between) {
    try (NDManager manager = PyTorch.newManager();
        var scope = new NDScope();
        var collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      scope.suppressNotUsedWarning();
      NDArray array = manager.create(values, shape);
      array.setRequiresGradient(true);
      NDArray result = function.apply(array);
      between.run();
      collector.backward(result);
      return array.getGradient().toFloatArray();
    }
  }

  /** Central differences of a scalar function at {@code values}. */
  static float[] differences(UnaryOperator<NDArray> function, float[] values, Shape shape) {
    ToDoubleFunction<float[]> at =
        point -> {
          try (NDManager manager = PyTorch.newManager();
              var scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            return function.apply(manager.create(point, shape)).getFloat();
          }
        };
    var differences = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      float[] up = values.clone();
      float[] down = values.clone();
      up[i] += STEP;
      down[i] -= STEP;
      differences[i] =
          (float) ((at.applyAsDouble(up) - at.applyAsDouble(down)) / (up[i] - down[i]));
    }
    return differences;
  }
}
