package dev.offramp.server.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.offramp.model.exit.Exit;
import dev.offramp.server.TestArtifacts;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.BrownOut;
import dev.offramp.server.engine.Caller;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.experiment.Arm;
import dev.offramp.server.experiment.Change;
import dev.offramp.server.experiment.Definition;
import dev.offramp.server.experiment.Experiment;
import dev.offramp.server.experiment.ExperimentState;
import dev.offramp.server.experiment.Treatment;
import dev.offramp.server.experiment.count.Event;
import dev.offramp.server.experiment.live.Experiments;
import dev.offramp.server.experiment.state.ArmTotals;
import dev.offramp.server.experiment.state.CountBatch.Count;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.ColdRegistry;
import dev.offramp.server.registry.ModelRegistry;
import dev.offramp.server.registry.ServedModel;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.TokenIds;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Everybody is in the arm that gets x2 of {@link TestArtifacts}. */
@Timeout(60)
class PartTest {

  @TempDir private Path temporary;

  private final Engine engine =
      new Engine(
          new EngineSettings(1, new BatchLimits(64, 8), Duration.ofSeconds(60)), System::nanoTime);
  private final ModelRegistry registry = ColdRegistry.of(engine, TestArtifacts.REFERENCE);
  private Experiments experiments;
  private ServedModel model;

  @BeforeEach
  void open() throws IOException {
    model = registry.load(TestArtifacts.write(temporary.resolve("a"), "sst2", "1"));
    experiments =
        Experiments.open(
            new StateSettings(
                temporary.resolve("state"),
                Optional.empty(),
                Duration.ofSeconds(1),
                Duration.ofMillis(10)),
            registry::catalog,
            InstantSource.system());
    var cause = new Change(0, "ann", "test");
    var _ = experiments.edits().apply(definition(), false, cause, false);
    var _ = experiments.edits().move("e", "start", ExperimentState.RUNNING, cause);
  }

  private static Experiment definition() {
    return new Definition("e")
        .arms(
            new Arm("all", 1, new Treatment.ByTier("x2")),
            new Arm("none", 0, new Treatment.ByTier("full")))
        .make();
  }

  @AfterEach
  void close() {
    experiments.close(Duration.ofMinutes(1));
    registry.close();
    engine.close();
  }

  /**
   * The part of a request for full that allows bolder tiers, to a server that is short of time or
   * not.
   */
  private Part part(boolean shortOfTime) {
    return part(
        ClassifyRequest.newBuilder()
            .setText("good")
            .setTier("full")
            .setMinTier("x3")
            .setUnit("user")
            .build(),
        shortOfTime ? Duration.ofSeconds(1) : Duration.ZERO);
  }

  private Part part(ClassifyRequest request, Duration wait) {
    var clock = new AtomicLong();
    var brownOut = new BrownOut(Duration.ZERO, () -> wait, clock::get);
    brownOut.level(
        1, Duration.ZERO); // It sees that it is so, and a second later that it stayed so.
    clock.set(Duration.ofSeconds(1).toNanos());
    var serving =
        TestServing.of(
            registry,
            engine,
            brownOut,
            Optional.of(experiments),
            () -> Caller.WORKER,
            System::nanoTime);
    return Part.of(request, model, serving);
  }

  @Test
  void answered_callersBoundsExcludeTheArm_asAskedAndCountedApart() {
    ClassifyRequest.Builder request =
        ClassifyRequest.newBuilder().setText("good").setTier("full").setUnit("user");
    for (ClassifyRequest.Builder bounded :
        List.of(request.clone().setMaxDisagreement(0), request.clone().setMinTier("full"))) {
      Part part = part(bounded.build(), Duration.ZERO);
      assertThat(part.rule().tier()).isEqualTo("full");
      assertThat(answer(part, Exit.Reason.LAST_EXIT).getExposureCounted()).isFalse();
    }
    assertThat(part(request.setMaxDisagreement(0.5).build(), Duration.ZERO).rule().tier())
        .isEqualTo("x2");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> counted().count(Event.Why.NOT_SERVED.kind()) == 2);
  }

  /** Everybody is in the arm of a version that takes less than the model that is asked for. */
  private ServedModel narrowArm() {
    ServedModel narrow =
        registry.load(TestArtifacts.writeNarrow(temporary.resolve("b"), "sst2", "2"));
    var cause = new Change(0, "ann", "test");
    var _ = experiments.edits().move("e", "stop", ExperimentState.STOPPED, cause);
    var _ = experiments.edits().apply(narrowDefinition(), false, cause, false);
    var _ = experiments.edits().move("narrow", "start", ExperimentState.RUNNING, cause);
    return narrow;
  }

  private static Experiment narrowDefinition() {
    return new Definition("narrow")
        .arms(
            new Arm("all", 1, new Treatment.ByVersion("2")),
            new Arm("none", 0, new Treatment.ByTier("full")))
        .make();
  }

  private static ClassifyRequest.Builder ofUser() {
    return ClassifyRequest.newBuilder().setTier("full").setUnit("user");
  }

  private static TokenIds ids(int last) {
    return TokenIds.newBuilder().addIds(2).addIds(last).addIds(3).build();
  }

  @Test
  void answered_versionOfTheArmTakesTheInput_isAnExposure() {
    ServedModel narrow = narrowArm();
    for (ClassifyRequest.Builder fitting :
        List.of(
            ofUser().setText("good film"),
            ofUser().setText("good ".repeat(20)).setTruncate(true),
            ofUser().setTokenIds(ids(24)))) {
      Part part = part(fitting.build(), Duration.ZERO);
      assertThat(part.model()).isEqualTo(narrow);
      assertThat(part.input().text().length()).isLessThanOrEqualTo(8);
      assertThat(answer(part, Exit.Reason.LAST_EXIT).getExposureCounted()).isTrue();
      part.release();
    }
  }

  @Test
  void answered_versionOfTheArmDoesNotTakeTheInput_asAskedAndCountedApart() {
    var _ = narrowArm();
    for (ClassifyRequest.Builder wide :
        List.of(ofUser().setText("good ".repeat(20)), ofUser().setTokenIds(ids(25)))) {
      Part part = part(wide.build(), Duration.ZERO);
      assertThat(part.model()).isEqualTo(model);
      assertThat(part.rule().tier()).isEqualTo("full");
      ClassifyResponse response = answer(part, Exit.Reason.LAST_EXIT);
      assertThat(response.getArm()).isEqualTo("all");
      assertThat(response.getExposureCounted()).isFalse();
      part.release();
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            experiments.totals(narrowDefinition()).arm("all").count(Event.Why.NOT_SERVED.kind())
                == 2);
  }

  @Test
  void of_neitherVersionTakesTheInput_isRefusedByTheOneAskedFor() {
    var _ = narrowArm();
    assertThatThrownBy(() -> part(ofUser().setText("good ".repeat(100)).build(), Duration.ZERO))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("64");
  }

  private static ClassifyResponse answer(Part part, Exit.Reason reason) {
    var response = ClassifyResponse.newBuilder();
    part.answered(new Exit(2, reason), 1_000_000, response);
    return response.build();
  }

  private ArmTotals counted() {
    return experiments.totals(definition()).arm("all");
  }

  @Test
  void answered_byTheArmsRule_isAnExposure() {
    Part part = part(false);
    assertThat(part.rule().tier()).isEqualTo("x2");
    assertThat(answer(part, Exit.Reason.RULE).getExposureCounted()).isTrue();
    await().atMost(Duration.ofSeconds(60)).until(() -> counted().count(Count.EXPOSURE) == 1);
    assertThat(counted().units()).isEqualTo(1);
  }

  @Test
  void answered_whenTheTimeWasOver_isCountedApart() {
    ClassifyResponse response = answer(part(false), Exit.Reason.DEADLINE);
    assertThat(response.getArm()).isEqualTo("all");
    assertThat(response.getExposureCounted()).isFalse();
    part(false).expired();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> counted().count(Event.Why.DEADLINE.kind()) == 2);
    assertThat(counted().count(Count.EXPOSURE)).isZero();
    assertThat(counted().units()).isZero();
  }

  @Test
  void answered_byABolderTier_isCountedApart() {
    Part part = part(true);
    assertThat(part.rule().tier()).isEqualTo("x3");
    assertThat(answer(part, Exit.Reason.RULE).getExposureCounted()).isFalse();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> counted().count(Event.Why.BROWN_OUT.kind()) == 1);
    assertThat(counted().count(Count.EXPOSURE)).isZero();
  }
}
