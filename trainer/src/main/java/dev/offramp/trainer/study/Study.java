package dev.offramp.trainer.study;

import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.io.DirectoryLock;
import dev.offramp.trainer.EvaluationTexts;
import dev.offramp.trainer.Evaluator;
import dev.offramp.trainer.RecordedTraces;
import dev.offramp.trainer.Trainer;
import dev.offramp.trainer.TrainingDivergedException;
import dev.offramp.trainer.TrainingListener;
import dev.offramp.trainer.report.EvaluationReport;
import dev.offramp.trainer.report.MetricCurve;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/*
 * A run is done when its result file is there, which is written aside and renamed: so a study that
 * was killed goes on with the run it was at, and that run where its last saved state was.
 */

/**
 * Does the runs of a plan one after the other.
 *
 * <p>Threading: one study at a time in a process, as for {@link Trainer}.
 */
public final class Study {
  private static final String RUNNING = "running";

  private final StudyPlan plan;
  private final Path out;
  private final boolean keepCheckpoints;
  private final CellFiles files;

  private Study(StudyPlan plan, Path out, boolean keepCheckpoints, CellFiles files) {
    this.plan = plan;
    this.out = out;
    this.keepCheckpoints = keepCheckpoints;
    this.files = files;
  }

  /** Hears of runs. */
  public interface Listener {
    /** A run begins; hears of its steps by what it returns. */
    TrainingListener begins(StudyPlan.Cell cell, int number, int all);

    /** A run has ended, now or in an earlier start of the study. */
    void ended(StudyPlan.Cell cell, CellResult result, boolean before);

    /** A run's numbers stopped being finite: it has no result, and the next one begins. */
    void diverged(StudyPlan.Cell cell, TrainingDivergedException why);
  }

  /**
   * Does what is left of the plan.
   *
   * <p>Runs that were done before count if they were trained the same way; by what rule and metric
   * they are compared does not matter.
   *
   * <p>A run that diverges has no result, and is tried again when the study is started again.
   *
   * <p>Errors: those of {@link Trainer#train}, {@link TrainingDivergedException} only if every run
   * diverged; before any training, {@link IllegalArgumentException} if {@code out} has a run of the
   * same name but other settings.
   *
   * @param out where results are kept
   * @param keepCheckpoints whether the models of runs that end now are kept, in {@code
   *     checkpoints/} there
   * @return a result for each of the plan's cells that did not diverge, in their order
   */
  public static List<CellResult> run(
      StudyPlan plan, Path out, boolean keepCheckpoints, Listener listener) throws IOException {
    try (var _ =
        DirectoryLock.take(
            out.resolve(RUNNING),
            "another study is at work there (expected: one at a time; wait for it, or use another --out)")) {
      var files = new CellFiles(Files.createDirectories(out.resolve("cells")));
      return new Study(plan, out, keepCheckpoints, files).run(listener);
    }
  }

  private List<CellResult> run(Listener listener) throws IOException {
    List<StudyPlan.Cell> cells = plan.cells();
    plan.sets().forEach(set -> set.requireFitting(plan.metric()));
    var described = new Described(plan);
    Map<StudyPlan.Cell, CellResult> done = new LinkedHashMap<>();
    for (StudyPlan.Cell cell : cells) { // All of them before hours of training.
      files
          .find(cell, described.of(cell))
          .ifPresent(trained -> done.put(cell, result(cell, trained, files.readTraces(cell))));
    }
    var all = new ArrayList<CellResult>();
    TrainingDivergedException last = null;
    for (int i = 0; i < cells.size(); i++) {
      StudyPlan.Cell cell = cells.get(i);
      CellResult before = done.get(cell);
      try {
        CellResult result =
            before == null
                ? train(cell, described.of(cell), listener.begins(cell, i + 1, cells.size()))
                : before;
        listener.ended(cell, result, before != null);
        all.add(result);
      } catch (
          TrainingDivergedException e) { // It would at every start; the others are worth having.
        listener.diverged(cell, e);
        last = e;
      }
    }
    if (all.isEmpty() && last != null) {
      throw last;
    }
    return all;
  }

  private CellResult train(StudyPlan.Cell cell, String described, TrainingListener listener)
      throws IOException {
    Path checkpoint = out.resolve(RUNNING).resolve(cell.id());
    Files.createDirectories(checkpoint.getParent());
    var heard = new LastAdvice(listener);
    long began = System.nanoTime();
    Trainer.train(plan.settings(cell, checkpoint), heard);
    double seconds = (System.nanoTime() - began) / 1e9;
    RecordedTraces traces =
        Evaluator.record(checkpoint, EvaluationTexts.read(cell.set().dev(), cell.set().format()));
    var trained = new CellFiles.Trained(described, seconds, heard.advice());
    CellResult result = result(cell, trained, traces);
    if (keepCheckpoints) {
      Path kept = out.resolve("checkpoints").resolve(cell.id());
      Files.createDirectories(kept.getParent());
      AtomicFiles.replaceDirectory(checkpoint, kept);
    }
    files.keep(cell, trained, traces);
    // Only now: until the result is safe, the run can be had again from its end.
    AtomicFiles.deleteTree(checkpoint);
    AtomicFiles.deleteTree(checkpoint.resolveSibling(cell.id() + ".training"));
    return result;
  }

  private CellResult result(StudyPlan.Cell cell, CellFiles.Trained trained, RecordedTraces traces) {
    MetricCurve curve =
        EvaluationReport.of(
                cell.id(),
                traces.evaluation(),
                plan.metric().orElseGet(() -> traces.metric().over(traces.evaluation())),
                plan.settings().cosee().temperature(),
                plan.points())
            .curve(plan.rule());
    return new CellResult(
        cell.set().name(),
        StudyPlan.nameOf(cell.objective()),
        cell.seed(),
        trained.settings(),
        trained.trainSeconds(),
        trained.warnings(),
        curve);
  }
}
