package dev.offramp.trainer.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.TrainedBy;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.io.DirectoryLock;
import dev.offramp.trainer.CoseeSettings;
import dev.offramp.trainer.Metric;
import dev.offramp.trainer.TraceFile;
import dev.offramp.trainer.Trainer;
import dev.offramp.trainer.TrainerSettings;
import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import dev.offramp.trainer.TrainingDivergedException;
import dev.offramp.trainer.TrainingInterruptedException;
import dev.offramp.trainer.TrainingListener;
import dev.offramp.trainer.report.RuleKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyTest {
  private static final long SEED = 11;

  @TempDir Path directory;

  /** Notes which runs began and which were found done. */
  private static class Notes implements Study.Listener {
    final List<String> begun = new ArrayList<>();
    final List<String> before = new ArrayList<>();

    @Override
    public TrainingListener begins(StudyPlan.Cell cell, int number, int all) {
      begun.add(cell.id());
      return TrainingListener.none();
    }

    @Override
    public void ended(StudyPlan.Cell cell, CellResult result, boolean done) {
      if (done) {
        before.add(cell.id());
      }
    }

    @Override
    public void diverged(StudyPlan.Cell cell, TrainingDivergedException why) {
      throw why;
    }
  }

  @Test
  void run_devLabelThatASetsTrainingLacks_isRefusedBeforeAnyRun() throws IOException {
    StudyPlan plan = plan(1, 1L);
    Path dev = Files.writeString(directory.resolve("other.tsv"), "a good film\tfine\n");
    var sets =
        List.of(
            plan.sets().getFirst(),
            new StudyPlan.DataSet("b", plan.sets().getFirst().train(), dev));
    var notes = new Notes();
    assertThatThrownBy(() ->
            run(
                new StudyPlan(
                    sets,
                    plan.objectives(),
                    plan.seeds(),
                    plan.settings(),
                    plan.rule(),
                    plan.points()),
                directory.resolve("out"),
                notes))
        .hasMessageContaining("other.tsv, line 1: label 'fine' (expected: one of the training");
    assertThat(notes.begun).isEmpty();
  }

  private static List<CellResult> run(StudyPlan plan, Path out, Study.Listener listener)
      throws IOException {
    return Study.run(plan, out, false, listener);
  }

  private StudyPlan plan(int epochs, Long... seeds) throws IOException {
    System.out.println("StudyTest: seed " + SEED);
    return TinyStudy.plan(directory, SEED, epochs, seeds);
  }

  @Test
  void run_twoObjectivesTwoSeeds_givesAResultEachAndGoesOnWhereItWas() throws IOException {
    Path out = directory.resolve("out");
    var first = new Notes();
    List<CellResult> results = run(plan(1, 1L), out, first);
    assertThat(first.begun).containsExactly("tiny-cosee-1", "tiny-sum-1");
    assertThat(results).extracting(CellResult::objective).containsExactly("cosee", "sum");
    assertThat(out.resolve("running")).isDirectoryNotContaining(path -> !path.endsWith("lock"));

    var second = new Notes();
    StudyPlan more = plan(1, 1L, 2L);
    List<CellResult> all = run(more, out, second);
    assertThat(second.before).containsExactly("tiny-cosee-1", "tiny-sum-1");
    assertThat(second.begun).containsExactly("tiny-cosee-2", "tiny-sum-2");
    assertThat(all.subList(0, 2)).isEqualTo(results);

    var report = new StudyReport(more, all);
    assertThat(report.markdown())
        .contains("## tiny", "| cosee | ", "| sum | ", "Difference from the plain sum");
    report.draw(out);
    assertThat(out.resolve("tiny.png")).isNotEmptyFile();
    assertThat(out.resolve("tiny.svg")).isNotEmptyFile();
  }

  @Test
  void run_anotherStartUnderTheSameName_isRefused() throws IOException {
    Path out = directory.resolve("out");
    StudyPlan plan = plan(1, 1L);
    Path start = directory.resolve("start");
    var data = new TrainerSettings.Data(plan.sets().getFirst().train(), Optional.empty(), 0);
    Trainer.train(plan.settings().of(data, start, ObjectiveKind.SUM, 1), TrainingListener.none());
    var from =
        new StudyPlan(
            plan.sets(), plan.objectives(), plan.seeds(), from(plan, start), plan.rule(), 21);
    assertThat(run(from, out, new Notes())).hasSize(2);
    // By what it holds, whatever it is called.
    Path moved = Files.move(start, directory.resolve("moved"));
    var again = new Notes();
    run(
        new StudyPlan(
            plan.sets(), plan.objectives(), plan.seeds(), from(plan, moved), plan.rule(), 21),
        out,
        again);
    assertThat(again.begun).isEmpty();
    AtomicFiles.deleteTree(directory.resolve("start.training"));
    Trainer.train(plan.settings().of(data, start, ObjectiveKind.SUM, 2), TrainingListener.none());
    assertThatThrownBy(() -> run(from, out, new Notes()))
        .hasMessageContaining("tiny-cosee-1.json: is of a run with other settings");
  }

  @Test
  void run_otherTextsUnderTheSameName_isRefusedAndTheSameUnderAnotherIsNot() throws IOException {
    Path out = directory.resolve("out");
    StudyPlan plan = plan(1, 1L);
    StudyPlan.DataSet set = plan.sets().getFirst();
    List<CellResult> first = run(plan, out, new Notes());
    Path moved = Files.copy(set.dev(), directory.resolve("moved.tsv"));
    assertThat(run(of(plan, set.train(), moved), out, new Notes())).isEqualTo(first);
    Files.write(moved, Files.readAllLines(moved).subList(0, 12));
    assertThatThrownBy(() -> run(of(plan, set.train(), moved), out, new Notes()))
        .hasMessageContaining("tiny-cosee-1.json: is of a run with other settings");
    Path more = TinyStudy.texts(directory.resolve("more.tsv"), 80, new Random(SEED));
    assertThatThrownBy(() -> run(of(plan, more, set.dev()), out, new Notes()))
        .hasMessageContaining("tiny-cosee-1.json: is of a run with other settings");
  }

  private static StudyPlan of(StudyPlan plan, Path train, Path dev) {
    return new StudyPlan(
        List.of(new StudyPlan.DataSet("tiny", train, dev)),
        plan.objectives(),
        plan.seeds(),
        plan.settings(),
        plan.rule(),
        plan.points());
  }

  @Test
  void run_whileAnotherIsAtWork_isRefused() throws IOException {
    Path out = directory.resolve("out");
    StudyPlan plan = plan(1, 1L);
    try (var _ = DirectoryLock.take(out.resolve("running"), "taken by the test")) {
      assertThatThrownBy(() -> run(plan, out, new Notes()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another study is at work there");
    }
    assertThat(run(plan, out, new Notes())).hasSize(2);
  }

  private static TrainerSettings from(StudyPlan plan, Path start) {
    TrainerSettings settings = plan.settings();
    return new TrainerSettings(
        settings.data(),
        settings.out(),
        new TrainerSettings.Network(Optional.of(start), 3, 16, 2, 32, 60, 16),
        settings.schedule(),
        settings.regularization(),
        settings.objective(),
        settings.cosee(),
        settings.distillation(),
        settings.seed(),
        settings.threads(),
        settings.saveEvery());
  }

  @Test
  void run_stoppedWithinARun_endsAtTheResultOfAnUnbrokenOne() throws IOException {
    StudyPlan plan = plan(2, 1L);
    List<CellResult> unbroken = run(plan, directory.resolve("unbroken"), new Notes());
    Path out = directory.resolve("broken");
    var stopping =
        new Notes() {
          @Override
          public TrainingListener begins(StudyPlan.Cell cell, int number, int all) {
            return new TrainingListener() {
              @Override
              public void stepped(Stepped event) {
                if (event.step() == 3) {
                  Thread.currentThread().interrupt();
                }
              }
            };
          }
        };
    assertThatThrownBy(() -> run(plan, out, stopping))
        .isInstanceOf(TrainingInterruptedException.class);
    assertThat(out.resolve("cells")).isEmptyDirectory();
    List<CellResult> resumed = run(plan, out, new Notes());
    assertThat(resumed)
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("trainSeconds")
        .isEqualTo(unbroken);
  }

  @Test
  void run_resultsOfOtherSettingsOrDamaged_areRefusedWithTheFile() throws IOException {
    Path out = directory.resolve("out");
    run(plan(1, 1L), out, new Notes());
    assertThatThrownBy(() -> run(plan(2, 1L), out, new Notes()))
        .hasMessageContaining("tiny-cosee-1.json")
        .hasMessageContaining("epochs=1")
        .hasMessageContaining("epochs=2");
    Files.writeString(out.resolve("cells/tiny-cosee-1.json"), "{");
    assertThatThrownBy(() -> run(plan(1, 1L), out, new Notes()))
        .hasMessageContaining("tiny-cosee-1.json: no result of a study");
    Files.writeString(
        out.resolve("cells/tiny-cosee-1.json"), "{\"settings\": \"\", \"curve\": {}}");
    assertThatThrownBy(() -> run(plan(1, 1L), out, new Notes()))
        .hasMessageContaining("tiny-cosee-1.json: is of an earlier Offramp");
    Files.delete(out.resolve("cells/tiny-cosee-1.json"));
    Path traces = out.resolve("cells/tiny-sum-1.traces");
    Files.write(traces, Arrays.copyOf(Files.readAllBytes(traces), 100));
    var none = new Notes();
    assertThatThrownBy(() -> run(plan(1, 1L), out, none)).hasMessageContaining("tiny-sum-1.traces");
    assertThat(none.begun).isEmpty();
    Files.delete(traces);
    var notes = new Notes();
    assertThatThrownBy(() -> run(plan(1, 1L), out, notes))
        .hasMessageContaining("tiny-sum-1.traces: missing (expected: beside tiny-sum-1.json;");
    assertThat(notes.begun).isEmpty();
  }

  @Test
  void run_oneOfManyThatDoesNotFit_isRefusedBeforeTheFirstIsTrained() throws IOException {
    Path out = directory.resolve("out");
    run(plan(2, 2L), out, new Notes());
    var notes = new Notes();
    assertThatThrownBy(() -> run(plan(1, 1L, 2L), out, notes))
        .hasMessageContaining("tiny-cosee-2.json: is of a run with other settings");
    assertThat(notes.begun).isEmpty();
  }

  @Test
  void run_anotherRuleOrMetric_comparesTheSameModels() throws IOException {
    Path out = directory.resolve("out");
    StudyPlan plan = plan(1, 1L);
    List<CellResult> byEnergy = run(plan, out, new Notes());

    var notes = new Notes();
    StudyPlan patient =
        new StudyPlan(
            plan.sets(),
            plan.objectives(),
            plan.seeds(),
            plan.settings(),
            RuleKind.PATIENCE,
            Optional.of(Metric.F1),
            21);
    List<CellResult> byPatience = run(patient, out, notes);
    assertThat(notes.begun).isEmpty();
    assertThat(byPatience)
        .extracting(result -> result.curve().rule(), result -> result.curve().metric())
        .containsOnly(tuple(RuleKind.PATIENCE, Metric.F1));
    assertThat(new StudyReport(patient, byPatience).markdown())
        .contains("F1 by layer speed-up with patience");
    assertThat(run(plan, out, new Notes())).isEqualTo(byEnergy);
  }

  @Test
  void run_anotherBeta_trainsAnewOnlyWhatLooksAtIt() throws IOException {
    Path out = directory.resolve("out");
    StudyPlan plan = plan(1, 1L);
    run(plan, out, new Notes());
    Files.delete(out.resolve("cells/tiny-cosee-1.json"));
    CoseeSettings usual = CoseeSettings.defaults();
    var sharper = new CoseeSettings(usual.signal(), 10, 5, 0.1, 0.3, 1);
    var notes = new Notes();
    run(TinyStudy.with(plan, sharper), out, notes);
    assertThat(notes.begun).containsExactly("tiny-cosee-1");
    assertThat(notes.before).containsExactly("tiny-sum-1");
  }

  @Test
  void run_keepingCheckpoints_keepsEachRunsModel() throws IOException {
    Path out = directory.resolve("out");
    Study.run(plan(1, 1L), out, true, new Notes());
    Path kept = out.resolve("checkpoints/tiny-cosee-1");
    assertThat(Checkpoint.read(kept).config().layers()).isEqualTo(3);
    assertThat(TrainedBy.read(kept).map(TrainedBy::objective)).hasValue("COSEE");
    assertThat(TraceFile.read(out.resolve("cells/tiny-cosee-1.traces")).checkpointSha256())
        .isEqualTo(Checkpoint.sha256(kept));
    assertThat(out.resolve("running")).isDirectoryNotContaining(path -> !path.endsWith("lock"));
  }

  @Test
  void run_withWhatTrainingWarnsOf_saysItNowAndLater() throws IOException {
    Path out = directory.resolve("out");
    StudyPlan plan = plan(2, 1L);
    // Signals lie between 0 and 1: they cannot be a thousand apart.
    StudyPlan wide = TinyStudy.with(plan, new CoseeSettings(ExitSignal.ENERGY, 1, 5, 0.1, 1000, 1));
    List<CellResult> results = run(wide, out, new Notes());
    assertThat(results.getFirst().warnings()).singleElement().asString().contains("--margin");
    assertThat(results.getLast().warnings()).isEmpty();
    assertThat(run(wide, out, new Notes())).isEqualTo(results);
    assertThat(new StudyReport(wide, results).markdown())
        .contains("What training warned of:", "- cosee, seed 1: calibration: its mean loss is");
  }

  @Test
  void run_metricThatDoesNotFitASetsClasses_isRefusedBeforeAnyRun() throws IOException {
    StudyPlan plan = by(plan(1, 1L), Metric.F1);
    Files.writeString(plan.sets().getFirst().train(), "a film\ta\na cast\tb\na plot\tc\n");
    var notes = new Notes();
    assertThatThrownBy(() -> run(plan, directory.resolve("out"), notes))
        .hasMessageContaining("metric: f1 over 3 classes (expected: accuracy or matthews");
    assertThat(notes.begun).isEmpty();
  }

  private static StudyPlan by(StudyPlan plan, Metric metric) {
    return new StudyPlan(
        plan.sets(),
        plan.objectives(),
        plan.seeds(),
        plan.settings(),
        plan.rule(),
        Optional.of(metric),
        plan.points());
  }

  @Test
  void plan_repetition_isRefused() throws IOException {
    assertThatThrownBy(() -> plan(1, 3L, 3L))
        .hasMessage("seeds: [3, 3] (expected: at least one, each once)");
  }
}
