package dev.offramp.trainer.study;

import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.io.DirectoryLock;
import dev.offramp.trainer.EvaluationTexts;
import dev.offramp.trainer.Evaluator;
import dev.offramp.trainer.RecordedTraces;
import dev.offramp.trainer.Trainer;
import dev.offramp.trainer.TrainerSettings;
import dev.offramp.trainer.TrainingListener;
import dev.offramp.trainer.report.EvaluationReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/*
 * A run is done when its result file is there, which is written aside and renamed: so a study that
 * was killed goes on with the run it was at, and that run where its last saved state was. A finished
 * run's checkpoint is not kept.
 */

/**
 * Does the runs of a plan one after the other.
 *
 * <p>Threading: one study at a time in a process, as for {@link Trainer}.
 */
public final class Study {
  private static final String RUNNING = "running";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Study() {}

  /** Hears of runs. */
  public interface Listener {
    /** A run begins; hears of its steps by what it returns. */
    TrainingListener begins(StudyPlan.Cell cell, int number, int all);

    /** A run has ended, now or in an earlier start of the study. */
    void ended(StudyPlan.Cell cell, CellResult result, boolean before);
  }

  /**
   * Does what is left of the plan.
   *
   * <p>Errors: those of {@link Trainer#train}; {@link IllegalArgumentException} if {@code out} has
   * a result of the same name but other settings.
   *
   * @param out where results are kept
   * @return a result for each of the plan's cells, in their order
   */
  public static List<CellResult> run(StudyPlan plan, Path out, Listener listener)
      throws IOException {
    try (var _ =
        DirectoryLock.take(
            out.resolve(RUNNING),
            "another study is at work there (expected: one at a time; wait for it, or use another --out)")) {
      return runAlone(plan, out, listener);
    }
  }

  private static List<CellResult> runAlone(StudyPlan plan, Path out, Listener listener)
      throws IOException {
    Path results = Files.createDirectories(out.resolve("cells"));
    List<StudyPlan.Cell> cells = plan.cells();
    cells.stream()
        .filter(cell -> Files.notExists(results.resolve(cell.id() + ".json")))
        .map(StudyPlan.Cell::set)
        .distinct()
        .forEach(set -> set.requireFitting(plan.metric()));
    var described = new Described(plan);
    var all = new ArrayList<CellResult>();
    for (int i = 0; i < cells.size(); i++) {
      StudyPlan.Cell cell = cells.get(i);
      Path file = results.resolve(cell.id() + ".json");
      boolean before = Files.exists(file);
      CellResult result =
          before
              ? read(file, described.of(cell))
              : train(
                  plan, cell, described.of(cell), out, listener.begins(cell, i + 1, cells.size()));
      if (!before) {
        AtomicFiles.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(result));
        // Only now: until the result is safe, the run can be had again from its end.
        Path checkpoint = checkpoint(out, cell);
        AtomicFiles.deleteTree(checkpoint);
        AtomicFiles.deleteTree(checkpoint.resolveSibling(cell.id() + ".training"));
      }
      listener.ended(cell, result, before);
      all.add(result);
    }
    return all;
  }

  private static Path checkpoint(Path out, StudyPlan.Cell cell) {
    return out.resolve(RUNNING).resolve(cell.id());
  }

  private static CellResult train(
      StudyPlan plan, StudyPlan.Cell cell, String described, Path out, TrainingListener listener)
      throws IOException {
    Path checkpoint = checkpoint(out, cell);
    Files.createDirectories(checkpoint.getParent());
    TrainerSettings settings = plan.settings(cell, checkpoint);
    long began = System.nanoTime();
    Trainer.train(settings, listener);
    double seconds = (System.nanoTime() - began) / 1e9;
    RecordedTraces traces =
        Evaluator.record(checkpoint, EvaluationTexts.read(cell.set().dev(), cell.set().format()));
    var report =
        EvaluationReport.of(
            cell.id(),
            traces.evaluation(),
            plan.metric().orElseGet(() -> traces.metric().over(traces.evaluation())),
            plan.settings().cosee().temperature(),
            plan.points());
    return new CellResult(
        cell.set().name(),
        StudyPlan.nameOf(cell.objective()),
        cell.seed(),
        described,
        seconds,
        report.curve(plan.rule()));
  }

  private static CellResult read(Path file, String expected) throws IOException {
    CellResult result;
    try {
      result = JSON.readValue(Files.readAllBytes(file), CellResult.class);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s: no result of a study (delete it to do the run again): %s"
              .formatted(file, e.getOriginalMessage()),
          e);
    }
    if (!expected.equals(result.settings())) {
      throw new IllegalArgumentException(
          "%s: is of a run with other settings, %s (expected: %s; use another directory, or delete it)"
              .formatted(file, result.settings(), expected));
    }
    return result;
  }
}
