package dev.offramp.trainer;

import ai.djl.ndarray.NDManager;
import dev.offramp.model.checkpoint.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/*
 * How a killed run ends at the same weights as an unbroken one: nothing in a step depends on
 * anything but the state that is saved and the step's number. The order of an epoch's batches is a
 * function of (seed, epoch); the thresholds, the hidden words and the dropout of a step are drawn
 * from generators seeded by (seed, step). So there is no generator whose inside would have to be
 * saved.
 */

/** One training run: its parameters, its place, and its way to the end. */
final class TrainingRun {
  private final TrainerSettings.Schedule schedule;
  private final long seed;
  private final Duration saveEvery;
  private final Task task;
  private final Crew crew;
  private final TrainingListener listener;
  private final LearningRate learningRate;
  private final Weights weights;
  private final Path stateFile;
  private final String fingerprint;
  private final int[] lengths;
  private final long stepsPerEpoch;
  private final long steps;

  private long step;
  private long savedNanos;
  private SignalRange thresholds;
  private @Nullable SignalRange seen;
  private double lossSum;
  private final Mean calibration = new Mean();
  private final RecentLoss recent = new RecentLoss();

  /**
   * A run at its start, or where its saved state ends.
   *
   * @param manager owns what the run learns
   * @param seed where all chance comes from
   * @param saveEvery how much work a kill may cost, besides what the end of an epoch saves
   * @param directory where the state lies, {@linkplain RunDirectory#requireOwn this run's own}
   * @param crew computes the steps, as many parts of a batch at a time as it has threads
   */
  TrainingRun(
      NDManager manager,
      Task task,
      TrainerSettings.Schedule schedule,
      long seed,
      Duration saveEvery,
      Path directory,
      Crew crew,
      TrainingListener listener) {
    this.task = task;
    this.schedule = schedule;
    this.seed = seed;
    this.saveEvery = saveEvery;
    this.crew = crew;
    this.listener = listener;
    this.lengths = task.lengths();
    this.stepsPerEpoch = BatchPlan.count(lengths.length, schedule.batch());
    this.steps = stepsPerEpoch * schedule.epochs();
    this.learningRate =
        new LearningRate(schedule.learningRate(), Math.round(steps * schedule.warmUp()), steps);
    this.stateFile = RunDirectory.state(directory);
    this.fingerprint = task.fingerprint();

    Optional<TrainingState> saved = saved();
    if (saved.isPresent()) {
      TrainingState state = saved.get();
      this.step = state.step();
      this.thresholds = state.thresholds();
      this.seen = state.seen();
      this.lossSum = state.lossSum();
      this.weights = Weights.resumed(manager, task.layout(), schedule, state.vectors());
    } else {
      this.thresholds = SignalRange.UNIT;
      this.weights = Weights.initial(manager, task.start(manager), schedule);
    }
  }

  /**
   * Does the steps that are left.
   *
   * @param stop asked after every step whether to stop
   * @return the last epoch's accuracies on the dev file, if there is one
   */
  Optional<List<Double>> toTheEnd(BooleanSupplier stop) {
    listener.started(
        new TrainingListener.Started(
            lengths.length,
            task.cut(),
            task.heldOut(),
            weights.parameters().layout().size(),
            steps,
            step));
    // A run that had ended before has no epoch left to measure it.
    Optional<List<Double>> devAccuracy = step == steps ? devAccuracy() : Optional.empty();
    long stepsBefore = step;
    long startNanos = System.nanoTime();
    savedNanos = startNanos;
    while (step < steps) {
      int epoch = (int) (step / stepsPerEpoch);
      List<int[]> plan = plan(epoch);
      while (step / stepsPerEpoch == epoch) {
        Objective.Loss loss = step(plan.get((int) (step % stepsPerEpoch)));
        note(loss);
        double secondsPerStep = (System.nanoTime() - startNanos) * 1e-9 / (step - stepsBefore);
        listener.stepped(
            new TrainingListener.Stepped(
                epoch + 1,
                step,
                steps,
                recent.total,
                recent.crossEntropy,
                recent.calibration,
                range(),
                learningRate.at(step),
                Duration.ofMillis((long) (1000 * secondsPerStep * (steps - step)))));
        if (step % stepsPerEpoch == 0) {
          devAccuracy = endEpoch(epoch);
        } else {
          saveIfDue();
        }
        if (stop.getAsBoolean() || Thread.interrupted()) {
          state().write(stateFile);
          throw new TrainingInterruptedException(step, steps, stateFile);
        }
      }
    }
    return devAccuracy;
  }

  private List<int[]> plan(int epoch) {
    return BatchPlan.epoch(lengths, schedule.batch(), mix(seed, ~(long) epoch));
  }

  /** What was learned under a checkpoint's names; a snapshot that outlives this run. */
  SequencedMap<String, Tensor> tensors() {
    return weights.result().tensors();
  }

  /**
   * A model as a run had saved it.
   *
   * @param step after which
   * @param tensors what was learned until then, under a checkpoint's names
   */
  record Saved(long step, SequencedMap<String, Tensor> tensors) {
    /** Whether its numbers are; those that moved in the last step were not looked at yet. */
    boolean isFinite() {
      for (Tensor tensor : tensors.values()) {
        for (float value : tensor.values()) {
          if (!Float.isFinite(value)) {
            return false;
          }
        }
      }
      return true;
    }
  }

  /**
   * The model as it was last saved, by this start of the run or an earlier one; nothing if it is of
   * no use: its numbers are finite, and so is the loss of the batch that comes next.
   */
  Optional<Saved> lastSaved(NDManager manager) {
    return saved()
        .flatMap(state -> {
          Parameters result =
              Weights.resumed(manager, task.layout(), schedule, state.vectors()).result();
          var model = new Saved(state.step(), result.tensors());
          return model.isFinite() && isFinite(result, state)
              ? Optional.of(model)
              : Optional.empty();
        });
  }

  private boolean isFinite(Parameters parameters, TrainingState state) {
    if (state.step() == steps) {
      return true;
    }
    var now =
        new Step(
            state.step(), steps, state.thresholds(), new SplittableRandom(mix(seed, state.step())));
    int[] batch =
        plan((int) (state.step() / stepsPerEpoch)).get((int) (state.step() % stepsPerEpoch));
    Forward forward = task.forward(batch, now, crew.size());
    try (var _ = new BatchGradient(forward, parameters.vector(), crew)) {
      return true;
    } catch (TrainingDivergedException e) {
      return false;
    }
  }

  /** One step; numbers that stop being finite are told with the step's number. */
  private Objective.Loss step(int[] batch) {
    long number = step + 1;
    try {
      return descend(batch);
    } catch (TrainingDivergedException e) {
      throw e.at(number, steps);
    }
  }

  /** One step of gradient descent on a batch. */
  private Objective.Loss descend(int[] batch) {
    var now = new Step(step, steps, thresholds, new SplittableRandom(mix(seed, step)));
    Forward forward = task.forward(batch, now, crew.size());
    try (var gradient = new BatchGradient(forward, weights.parameters().vector(), crew)) {
      step++;
      weights.step(gradient.parts(), task.trainable(now), learningRate.at(step), step, crew);
      return gradient.loss();
    }
  }

  private void saveIfDue() {
    long now = System.nanoTime();
    if (now - savedNanos >= saveEvery.toNanos()) {
      state().write(stateFile);
      savedNanos = now;
    }
  }

  private void note(Objective.Loss loss) {
    seen = seen == null ? loss.signals() : seen.union(loss.signals());
    lossSum += loss.totalValue();
    calibration.note(loss.calibration());
    recent.note(loss);
  }

  private Optional<List<Double>> endEpoch(int epoch) {
    double loss = lossSum / stepsPerEpoch;
    SignalRange signals = range();
    thresholds = signals;
    seen = null;
    lossSum = 0;
    double calibrationLoss = calibration.take();
    state().write(stateFile);
    Optional<List<Double>> devAccuracy = devAccuracy();
    listener.epochEnded(
        new TrainingListener.EpochEnded(
            epoch + 1,
            schedule.epochs(),
            loss,
            calibrationLoss,
            signals,
            devAccuracy,
            advice(epoch, calibrationLoss),
            stateFile));
    return devAccuracy;
  }

  /* A young run's signals tell little, and those of a first epoch are of a young run. */
  private Optional<String> advice(int epoch, double calibrationLoss) {
    return epoch > 0 && 2 * (epoch + 1) > schedule.epochs()
        ? task.advice(calibrationLoss)
        : Optional.empty();
  }

  private Optional<List<Double>> devAccuracy() {
    return task.measure(weights.result());
  }

  private SignalRange range() {
    return seen == null ? thresholds : seen;
  }

  private TrainingState state() {
    return new TrainingState(fingerprint, step, thresholds, seen, lossSum, weights.vectors());
  }

  private Optional<TrainingState> saved() {
    return Files.exists(stateFile) ? Optional.of(TrainingState.read(stateFile)) : Optional.empty();
  }

  private static long mix(long seed, long number) {
    return SplitMix64.mixed(seed * SplitMix64.STEP + number);
  }
}
