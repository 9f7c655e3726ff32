package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.text.EncodedText;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AuditPaceTest {
  private static final int ENOUGH = 100;
  private static final boolean AWAITED = true;

  private final AuditPace pace = new AuditPace();
  private final ParkedTexts audits = new ParkedTexts(12);

  private void parkAt(int depth) {
    DepartureListener listener = _ -> {};
    var passage =
        new Passage(EncodedText.of(1, 2), ExitRule.fullDepth(), Caller.NO_DEADLINE, listener);
    passage.accepted(12, 2, 0, 0, new Expectations(12));
    for (int passed = 1; passed <= depth; passed++) {
      passage.passUnseen(passed, 0, new Ends());
    }
    audits.add(passage, 0, new float[0]);
  }

  @Test
  void isTurn_nobodyWaits_asTheyCome() {
    assertThat(pace.isTurn(0, ENOUGH, !AWAITED, 0)).isFalse();
    assertThat(pace.isTurn(1, ENOUGH, !AWAITED, 0)).isTrue();
    pace.stepped(1, 10, 10, !AWAITED, 10);
    assertThat(pace.isTurn(1, ENOUGH, !AWAITED, 10)).as("without a rest").isTrue();
  }

  @Test
  void isTurn_somebodyWaits_onceThereAreEnough() {
    assertThat(pace.isTurn(ENOUGH - 1, ENOUGH, AWAITED, 0)).isFalse();
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 0)).isTrue();
  }

  @Test
  void isTurn_afterAStep_restsAHundredTimesAsLong() {
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 1_000)).isTrue();
    pace.stepped(1, 10, 10, AWAITED, 1_010);
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 1_999)).isFalse();
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 2_000)).isTrue();
  }

  /** Else those at its end would wait until others have come to fill the batch up again. */
  @Test
  void isTurn_passWasBegunAndSomeHaveEnded_goesOn() {
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 0)).isTrue();
    pace.stepped(3, 1, 1, AWAITED, 1);
    assertThat(pace.isTurn(1, ENOUGH, AWAITED, 100)).isTrue();
  }

  @Test
  void isTurn_passHasEnded_gathersAnew() {
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 0)).isTrue();
    pace.stepped(DepthPolicy.NONE, 1, 1, AWAITED, 1);
    assertThat(pace.isTurn(ENOUGH - 1, ENOUGH, AWAITED, 100)).isFalse();
  }

  /** As when all were given up between two layers. */
  @Test
  void isTurn_noneAreLeft_gathersAnew() {
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 0)).isTrue();
    pace.stepped(3, 1, 1, AWAITED, 1);
    assertThat(pace.isTurn(0, ENOUGH, AWAITED, 100)).isFalse();
    assertThat(pace.isTurn(1, ENOUGH, AWAITED, 101)).isFalse();
  }

  /** A batch of a device that goes on to its end. */
  @Test
  void isTurn_stepsWithoutARestBetween_restsForAllOfThem() {
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 0)).isTrue();
    pace.stepped(1, 10, 10, AWAITED, 10);
    pace.stepped(2, 10, 10, AWAITED, 20);
    pace.stepped(DepthPolicy.NONE, 10, 10, AWAITED, 30);
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 10 + 3 * 990 - 1)).isFalse();
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 10 + 3 * 990)).isTrue();
  }

  /** As by another process, or a page that was not in memory. */
  @Test
  void isTurn_stepWasHeldUp_restsForFourTimesWhatItShouldHaveTaken() {
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 0)).isTrue();
    pace.stepped(1, 3_000_000, 10, AWAITED, 3_000_000);
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 3_000_000 + 99 * 40 - 1)).isFalse();
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, 3_000_000 + 99 * 40)).isTrue();
  }

  /** Where batches are small, or models many, there may never be enough. */
  @Test
  void isTurn_fewHaveGatheredForLong_beginAllTheSame() {
    long longest = Duration.ofSeconds(10).toNanos();
    assertThat(pace.isTurn(1, ENOUGH, AWAITED, 5)).isFalse();
    assertThat(pace.isTurn(2, ENOUGH, AWAITED, 5 + longest)).isFalse();
    assertThat(pace.isTurn(2, ENOUGH, AWAITED, 6 + longest)).isTrue();
    pace.stepped(DepthPolicy.NONE, 1, 1, AWAITED, 7 + longest);
    assertThat(pace.isTurn(2, ENOUGH, AWAITED, 1_000 + longest)).as("gathers anew").isFalse();
  }

  /** A clock may begin anywhere. */
  @Test
  void isTurn_clockPassesItsEnd_restsAsLong() {
    long now = Long.MAX_VALUE - 5;
    pace.stepped(1, 10, 10, AWAITED, now);
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, now + 989)).isFalse();
    assertThat(pace.isTurn(ENOUGH, ENOUGH, AWAITED, now + 990)).isTrue();
  }

  @Test
  void depth_noPass_theShallowest() {
    parkAt(7);
    parkAt(2);
    assertThat(pace.depth(audits)).isEqualTo(2);
  }

  /** Those who came to shallower depths meanwhile wait for the next pass. */
  @Test
  void depth_passUnderWay_whereItStands() {
    parkAt(7);
    parkAt(2);
    pace.stepped(7, 1, 1, AWAITED, 1);
    assertThat(pace.depth(audits)).isEqualTo(7);
  }

  /** Else the next pass would begin there, and leave those who stand before it to gather again. */
  @Test
  void depth_allWereGivenUp_forgetsWhereTheirPassStood() {
    pace.stepped(7, 1, 1, AWAITED, 1);
    assertThat(pace.isTurn(0, ENOUGH, AWAITED, 2)).isFalse();
    parkAt(7);
    parkAt(2);
    assertThat(pace.depth(audits)).isEqualTo(2);
  }

  @Test
  void depth_passOfWhomNoneIsLeft_theShallowest() {
    parkAt(9);
    pace.stepped(7, 1, 1, AWAITED, 1);
    assertThat(pace.depth(audits)).isEqualTo(9);
  }
}
