package dev.offramp.trainer.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.trainer.CoseeSettings;
import dev.offramp.trainer.TrainerSettings.ObjectiveKind;
import dev.offramp.trainer.TrainingDivergedException;
import dev.offramp.trainer.TrainingListener;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that diverges costs the study that run alone. */
class StudyDivergenceTest {
  private static final long SEED = 12;

  /** Beyond every float: the loss of whoever calibrates is infinite. */
  private static final double ALPHA = 1e300;

  @TempDir Path directory;

  private final Map<StudyPlan.Cell, String> diverged = new LinkedHashMap<>();

  private StudyPlan plan(List<ObjectiveKind> objectives) throws IOException {
    System.out.println("StudyDivergenceTest: seed " + SEED);
    StudyPlan tiny = TinyStudy.plan(directory, SEED, 1, 1L, 2L);
    CoseeSettings cosee = tiny.settings().cosee();
    var alike =
        new StudyPlan(
            tiny.sets(), objectives, tiny.seeds(), tiny.settings(), tiny.rule(), tiny.points());
    return TinyStudy.with(
        alike,
        new CoseeSettings(
            cosee.signal(),
            cosee.betaEnd(),
            cosee.thresholdDraws(),
            ALPHA,
            cosee.margin(),
            cosee.temperature()));
  }

  private List<CellResult> run(StudyPlan plan) throws IOException {
    return Study.run(
        plan,
        directory.resolve("out"),
        false,
        new Study.Listener() {
          @Override
          public TrainingListener begins(StudyPlan.Cell cell, int number, int all) {
            return TrainingListener.none();
          }

          @Override
          public void ended(StudyPlan.Cell cell, CellResult result, boolean before) {}

          @Override
          public void diverged(StudyPlan.Cell cell, TrainingDivergedException why) {
            diverged.put(cell, why.reason());
          }
        });
  }

  @Test
  void run_oneObjectiveDiverges_theOthersHaveTheirPage() throws IOException {
    StudyPlan plan = plan(List.of(ObjectiveKind.COSEE, ObjectiveKind.SUM));
    List<CellResult> results = run(plan);
    assertThat(results).extracting(CellResult::objective).containsExactly("sum", "sum");
    assertThat(diverged.keySet())
        .extracting(StudyPlan.Cell::id)
        .containsExactly("tiny-cosee-1", "tiny-cosee-2");
    assertThat(diverged.values()).allMatch(why -> why.startsWith("step 1 of 4: "));

    var report = new StudyReport(plan, results, diverged);
    assertThat(report.markdown())
        .contains("- cosee, seed 1: step 1 of 4: ", "| sum | ")
        .doesNotContain("| cosee |");
    report.draw(directory);
    assertThat(directory.resolve("tiny.svg")).isNotEmptyFile();
    assertThat(report.numbers()).containsKey("diverged");
  }

  @Test
  void report_oneSeedMissing_comparesTheSeedsThatBothHave() throws IOException {
    StudyPlan plan = plan(List.of(ObjectiveKind.SUM, ObjectiveKind.DEPTH_WEIGHTED));
    List<CellResult> all = run(plan);
    List<CellResult> some =
        all.stream().filter(one -> !(one.objective().equals("sum") && one.seed() == 1)).toList();
    StudyPlan.Cell missing = plan.cells().getFirst();
    var report = new StudyReport(plan, some, Map.of(missing, "step 1 of 4: loss: NaN"));
    double own = of(all, "depth-weighted", 2).curve().full();
    double other = of(all, "sum", 2).curve().full();
    assertThat(report.numbers().toString())
        .contains("bySeed=[null, " + other + "]", "mean=" + (own - other) + ", ");
  }

  private static CellResult of(List<CellResult> results, String objective, long seed) {
    return results.stream()
        .filter(one -> one.objective().equals(objective) && one.seed() == seed)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void run_everyRunDiverges_saysWhy() throws IOException {
    StudyPlan plan = plan(List.of(ObjectiveKind.COSEE));
    assertThatThrownBy(() -> run(plan))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("step 1 of 4");
    assertThat(diverged).hasSize(2);
  }
}
