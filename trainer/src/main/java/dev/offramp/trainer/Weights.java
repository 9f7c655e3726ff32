package dev.offramp.trainer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * A step of the optimizer is some twenty operations on vectors as long as the model is large. PyTorch,
 * asked for one after the other, fetches and writes all of them twenty times, which was an eighth of a
 * small model's step. So the numbers are Java's, one loop does it all, and the crew shares it out;
 * PyTorch's copy of the parameters is written after.
 */

/**
 * The numbers that training moves: the parameters, the optimizer's memory of their gradients, and
 * the running average that the checkpoint gets.
 *
 * <p>Ownership: PyTorch's arrays belong to the manager given at birth.
 */
final class Weights {
  /** Values fetched at a time from a part's gradient. */
  private static final int CHUNK = 4096;

  private final Parameters parameters;
  private final Parameters result;
  private final FloatBuffer parametersView;
  private final FloatBuffer resultView;
  private final TrainerSettings.Schedule schedule;
  private final AdamW optimizer;
  private final float[] values;
  private final float[] gradient;
  private final float @Nullable [] average;

  /**
   * Takes over numbers.
   *
   * @param average null if none is kept
   */
  private Weights(
      NDManager manager,
      Parameters parameters,
      AdamW optimizer,
      TrainerSettings.Schedule schedule,
      float @Nullable [] average) {
    this.parameters = parameters;
    this.parametersView = PyTorch.view(parameters.vector());
    this.result = average == null ? parameters : parameters.with(PyTorch.vector(manager, average));
    this.resultView = PyTorch.view(result.vector());
    this.schedule = schedule;
    this.optimizer = optimizer;
    this.values = parameters.vector().toFloatArray();
    this.gradient = new float[values.length];
    this.average = average;
  }

  /** The weights before the first step. */
  static Weights initial(
      NDManager manager, Parameters parameters, TrainerSettings.Schedule schedule) {
    return new Weights(
        manager,
        parameters,
        AdamW.atRest(Math.toIntExact(parameters.layout().size())),
        schedule,
        schedule.averaging() > 0 ? parameters.vector().toFloatArray() : null);
  }

  /** The weights of a saved run, as {@link #vectors} gave them. */
  static Weights resumed(
      NDManager manager,
      ParameterLayout layout,
      TrainerSettings.Schedule schedule,
      float[][] vectors) {
    return new Weights(
        manager,
        Parameters.of(manager, layout, vectors[0]),
        new AdamW(vectors[1], vectors[2]),
        schedule,
        schedule.averaging() > 0 ? vectors[3] : null);
  }

  /** The parameters that the next step differentiates by. */
  Parameters parameters() {
    return parameters;
  }

  /**
   * The parameters that the checkpoint gets, as they are now: their running average, if one is
   * kept.
   */
  Parameters result() {
    if (average != null) {
      resultView.put(0, average);
    }
    return result;
  }

  /**
   * Moves the parameters against a gradient, which it clips, and the average after them.
   *
   * <p>Errors: {@link TrainingDivergedException} if the gradient is not finite; nothing has moved
   * then.
   *
   * @param parts vectors whose sum is the gradient
   * @param trainable what moves at all, and how often it has
   * @param step the step's number, from 1
   * @param crew does it
   */
  void step(List<NDArray> parts, Trainable trainable, double learningRate, long step, Crew crew) {
    List<FloatBuffer> views = parts.stream().map(PyTorch::view).toList();
    List<Range> moving = ranges(trainable.part());
    List<Range> shares = new Range(0, values.length).split(crew.size());
    var squares = new double[shares.size()];
    crew.each(
        shares.size(),
        i -> {
          for (Range range : moving) {
            squares[i] += gather(views, range.and(shares.get(i)));
          }
        });
    double factor = Gradients.factor(Math.sqrt(Arrays.stream(squares).sum()), schedule.clip());
    crew.each(
        shares.size(),
        i -> {
          for (Range range : moving) {
            move(
                range.and(shares.get(i)), (float) factor, (float) learningRate, trainable.update());
          }
          average(shares.get(i), step); // What stays too: its average may yet be on the way.
        });
  }

  private List<Range> ranges(Trainable.Part part) {
    return switch (part) {
      case ALL -> List.of(new Range(0, values.length));
      case INTERNAL_EXITS -> parameters.layout().internalExits();
      case ALL_BUT_INTERNAL_EXITS -> parameters.layout().allButInternalExits();
    };
  }

  /** Sums the parts up; gives the sum of the values' squares. */
  private double gather(List<FloatBuffer> parts, Range range) {
    var chunk = new float[CHUNK];
    parts.getFirst().get(range.from(), gradient, range.from(), range.size());
    for (FloatBuffer part : parts.subList(1, parts.size())) {
      for (int from = range.from(); from < range.to(); from += CHUNK) {
        int count = Math.min(CHUNK, range.to() - from);
        part.get(from, chunk, 0, count);
        for (int i = 0; i < count; i++) {
          gradient[from + i] += chunk[i];
        }
      }
    }
    double even = 0; // Two sums, so that one addition need not wait for the last.
    double odd = 0;
    for (int i = range.from(); i < range.to() - 1; i += 2) {
      even += (double) gradient[i] * gradient[i];
      odd += (double) gradient[i + 1] * gradient[i + 1];
    }
    if (range.size() % 2 == 1) {
      even += (double) gradient[range.to() - 1] * gradient[range.to() - 1];
    }
    return even + odd;
  }

  private void move(Range range, float factor, float learningRate, long update) {
    if (factor < 1) {
      for (int i = range.from(); i < range.to(); i++) {
        gradient[i] *= factor;
      }
    }
    for (ParameterLayout.Slice slice : parameters.layout().slices()) {
      float decay =
          slice.kind() == ParameterLayout.Kind.WEIGHT ? (float) schedule.weightDecay() : 0;
      optimizer.step(values, gradient, slice.range().and(range), decay, learningRate, update);
    }
    parametersView.put(range.from(), values, range.from(), range.size());
  }

  private void average(Range range, long step) {
    if (average != null) {
      // Early steps, which differ most from where training ends, weigh less.
      float decay = (float) Math.min(schedule.averaging(), (1.0 + step) / (10.0 + step));
      for (int i = range.from(); i < range.to(); i++) {
        average[i] = decay * average[i] + (1 - decay) * values[i];
      }
    }
  }

  /** All numbers, to be saved before the next step. */
  float[][] vectors() {
    return average == null
        ? new float[][] {values, optimizer.first(), optimizer.second()}
        : new float[][] {values, optimizer.first(), optimizer.second(), average};
  }
}
