package dev.offramp.server.experiment.count;

import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.RequestIds;
import java.util.Locale;

/** Something that is counted. */
public sealed interface Event {

  /**
   * A request was answered as its arm says.
   *
   * @param unit the unit, or the request's id; {@link #SAID_BY_ID} where that says its arm
   * @param depth layers executed
   * @param nanos from its arrival to its answer
   * @param millis when, since 1970
   */
  record Exposed(String experiment, String arm, String unit, int depth, long nanos, long millis)
      implements Event {
    /** Nobody has to write down whose exposure it was: see {@link RequestIds}. */
    public static final String SAID_BY_ID = "";
  }

  /** A request that was in an arm was answered otherwise. */
  record NotApplied(String experiment, String arm, Why why) implements Event {}

  /** A caller told what became of a unit. */
  record Reported(Outcome outcome) implements Event {}

  /**
   * A text was run to full depth once it was answered.
   *
   * @param disagreed whether the tier's label is not that of the full model
   */
  record TierAudited(AuditedTier tier, boolean disagreed) implements Event {}

  /** The same, of a request that was answered as its arm says. */
  record ArmAudited(String experiment, String arm, boolean disagreed) implements Event {}

  /**
   * An arm and the first arm were held against the full model on the same text.
   *
   * @param difference the arm's loss less the first arm's: -1, 0 or 1
   */
  record PairAudited(String experiment, String arm, int difference) implements Event {}

  /** Why an arm was not applied. */
  enum Why {
    /** The time left did not cover another layer. */
    DEADLINE,
    /** A bolder tier took its place. */
    BROWN_OUT,
    /** A safer tier took its place, since audits refute its certificate. */
    DRIFT,
    /**
     * What is served had no such tier or version, the rule did not fit it, the version did not take
     * the request's input, or the request's own bounds exclude it.
     */
    NOT_SERVED;

    /** What counts call it. */
    public String kind() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
