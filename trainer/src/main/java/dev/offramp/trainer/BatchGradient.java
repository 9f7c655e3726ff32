package dev.offramp.trainer;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/*
 * The loss may look at the whole batch, as COSEE's calibration does. So the chain is cut at the outputs:
 * the parts compute theirs, the loss is differentiated by all of them joined, and each part goes on
 * backwards from its own share of that. The parameters never require a gradient themselves: each part
 * differentiates by a fresh leaf that shares their storage, so no two threads add to one gradient, and
 * the sum has one order.
 */

/**
 * The gradient of a batch's loss by the parameters.
 *
 * <p>Ownership: {@link #close} frees it and every array of its graphs. Threading: one thread's,
 * which opens and closes it.
 */
final class BatchGradient implements AutoCloseable {
  private final NDScope scope = new NDScope();
  private final List<NDManager> managers = new ArrayList<>();
  private final NDArray[] leaves;
  private final Objective.Loss loss;

  /**
   * Computes the gradient.
   *
   * <p>Errors: {@link TrainingDivergedException} for a loss that is not finite.
   *
   * @param parameters the vector to differentiate by
   */
  BatchGradient(Forward forward, NDArray parameters, Crew crew) {
    int parts = forward.parts().size();
    leaves = new NDArray[parts];
    boolean complete = false;
    try (GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      scope.suppressNotUsedWarning();
      for (int i = 0; i < parts; i++) {
        managers.add(parameters.getManager().newSubManager());
        leaves[i] = parameters.stopGradient();
        leaves[i].attach(managers.get(i));
        leaves[i].setRequiresGradient(true);
      }
      var outputs = new NDArray[parts];
      crew.each(parts, i -> outputs[i] = forward.parts().get(i).outputs(leaves[i]));
      NDArray joined = joined(outputs, forward.axis());
      joined.setRequiresGradient(true);
      loss = forward.loss().apply(joined);
      if (!Double.isFinite(loss.totalValue())) {
        throw new TrainingDivergedException("loss: " + loss.totalValue());
      }
      collector.backward(loss.total());
      NDList shares = shares(joined.getGradient(), outputs, forward.axis());
      crew.each(parts, i -> PyTorch.backward(outputs[i], shares.get(i)));
      complete = true;
    } finally {
      if (!complete) {
        close();
      }
    }
  }

  private static NDArray joined(NDArray[] outputs, int axis) {
    var values = new NDList();
    Arrays.stream(outputs).map(NDArray::stopGradient).forEach(values::add);
    return values.size() == 1 ? values.getFirst() : NDArrays.concat(values, axis);
  }

  private static NDList shares(NDArray gradient, NDArray[] outputs, int axis) {
    var ends = new long[outputs.length - 1];
    long end = 0;
    for (int i = 0; i < ends.length; i++) {
      end += outputs[i].getShape().get(axis);
      ends[i] = end;
    }
    return ends.length == 0 ? new NDList(gradient) : gradient.split(ends, axis);
  }

  Objective.Loss loss() {
    return loss;
  }

  /** Vectors whose sum is the gradient, one a part. */
  List<NDArray> parts() {
    return Arrays.stream(leaves).map(NDArray::getGradient).toList();
  }

  @Override
  public void close() {
    managers.forEach(NDManager::close);
    scope.close();
  }
}
