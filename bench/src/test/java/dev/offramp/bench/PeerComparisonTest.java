package dev.offramp.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.offramp.bench.workload.RandomEncoder;
import dev.offramp.bench.workload.TokenCase;
import dev.offramp.cli.CommandFailedException;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PeerComparisonTest {
  private static final ModelConfig CONFIG = RandomEncoder.bertBase(2, 4);
  private static final List<EncodedText> TEXTS = List.of(EncodedText.of(1, 2, 3, 4));

  private final List<String> events = new ArrayList<>();

  @Test
  void run_ofTwoEngines_letsThemTakeTurnsAndBeginInTurn() {
    var outcome = compare(engine("a", 1), engine("b", 1)).run(TEXTS, 1, 3, Duration.ofHours(1));
    // Answers first, then a round to warm up and three timed ones.
    assertThat(events)
        .containsExactly("a", "b", "b", "a", "a", "b", "b", "a", "a", "b", "a closed", "b closed");
    assertThat(outcome.results()).extracting(PeerResult::engine).containsExactly("a", "b");
    assertThat(outcome.results()).extracting(PeerResult::rounds).containsOnly(3);
    assertThat(outcome.results()).extracting(PeerResult::tokens).containsOnly("1x4");
    assertThat(outcome.maxDifference()).isZero();
  }

  @Test
  void run_beyondItsLimit_endsAfterTheFewestRounds() {
    var turns = new AtomicInteger();
    var comparison = new PeerComparison(CONFIG, List.of(engine("a", 1)), 1, turns::incrementAndGet);
    var outcome = comparison.run(TEXTS, 2, 1000, Duration.ZERO);
    assertThat(outcome.results().getFirst().rounds()).isEqualTo(5);
    assertThat(turns).as("steps of progress, those left out included").hasValue(1002);
  }

  @Test
  void run_result_countsOperationsOverTheMedian() {
    PeerResult result =
        compare(engine("a", 1)).run(TEXTS, 0, 5, Duration.ofHours(1)).results().getFirst();
    double operations = TokenCase.of(TEXTS).layerOperations(CONFIG);
    assertThat(result.gflops() * result.millisPerLayer() * 1e6)
        .isCloseTo(operations, withPercentage(1e-6));
    assertThat(result.bestMillisPerLayer()).isLessThanOrEqualTo(result.millisPerLayer());
  }

  @Test
  void run_ofEnginesThatNearlyAgree_tellsHowFarTheyAreApart() {
    var outcome =
        compare(engine("a", 1), engine("b", 1.00005f)).run(TEXTS, 0, 1, Duration.ofHours(1));
    assertThat(outcome.maxDifference()).isEqualTo(1.00005f - 1f);
  }

  @Test
  void run_ofAnInt8Engine_isHeldAgainstTheFirstFloat32OneByItsOwnTolerance() {
    var outcome =
        compare(engine("q", 1.1f, "int8"), engine("a", 1), engine("b", 1))
            .run(TEXTS, 0, 1, Duration.ofHours(1));
    assertThat(outcome.differences()).containsOnlyKeys("q", "b");
    assertThat(outcome.differences().get("q")).isEqualTo(1.1f - 1f);
    assertThat(outcome.maxDifference()).as("of float32 engines").isZero();
    var tooFar = compare(engine("a", 1), engine("q", 1.2f, "int8"));
    assertThatThrownBy(() -> tooFar.run(TEXTS, 0, 1, Duration.ofHours(1)))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("the logits of a and q differ by");
  }

  @Test
  void timeRatio_isTheMedianOfTheRoundsOwnRatios() {
    var nanos = Map.of("a", List.of(30L, 20L, 900L), "b", List.of(10L, 10L, 300L));
    var outcome = new PeerComparison.Outcome(TokenCase.of(TEXTS), 0, Map.of(), List.of(), nanos);
    assertThat(outcome.timeRatio("a", "b")).hasValue(3);
    assertThat(outcome.timeRatio("a", "absent")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(floats = {1.001f, Float.NaN, Float.POSITIVE_INFINITY})
  void run_ofEnginesThatDisagree_failsBeforeAnythingIsTimed(float answer) {
    var comparison = compare(engine("a", 1), engine("b", answer));
    assertThatThrownBy(() -> comparison.run(TEXTS, 1, 3, Duration.ofHours(1)))
        .isInstanceOf(CommandFailedException.class)
        .hasMessageContaining("1x4: the logits of a and b differ by");
    assertThat(events).containsExactly("a", "b", "a closed", "b closed");
  }

  private static PeerComparison compare(PeerEngine... engines) {
    return new PeerComparison(CONFIG, List.of(engines), 1, () -> {});
  }

  /** An engine that gives the same answer to everything. */
  private PeerEngine engine(String name, float answer) {
    return engine(name, answer, "float32");
  }

  private PeerEngine engine(String name, float answer, String precision) {
    return new PeerEngine() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public String version() {
        return "1";
      }

      @Override
      public String precision() {
        return precision;
      }

      @Override
      public Pass prepare(List<EncodedText> texts) {
        return new Pass() {
          @Override
          public void reset() {}

          @Override
          public void run() {
            events.add(name);
          }

          @Override
          public float[] logits() {
            return new float[] {0, answer};
          }

          @Override
          public void close() {
            events.add(name + " closed");
          }
        };
      }

      @Override
      public void close() {}
    };
  }
}
