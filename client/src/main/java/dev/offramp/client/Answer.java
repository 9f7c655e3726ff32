package dev.offramp.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A model's answer to one text, and how it came about.
 *
 * @param label the label with the largest probability
 * @param labelIndex where it stands in the model's labels
 * @param probabilities one a label, in the model's order
 * @param logits what the probabilities come from, in the same order
 * @param exitDepth layers executed, counted from 1
 * @param layers layers that the model has
 * @param exitReason why the text left there
 * @param rule the rule that was applied, the request's own or its tier's; empty where every layer
 *     ran by request
 * @param signalValue the value of the rule's signal there; empty where the rule has none
 * @param tokens tokens that entered the model
 * @param truncated whether the text was cut to fit the model
 * @param cached whether a stored trace answered, so that no layer ran
 * @param timing where the server's time went
 * @param model the model that answered
 * @param version its version
 * @param appliedTier the tier that was applied, where one was named
 * @param brownedOut whether that is a bolder one than was asked for
 * @param movedBack whether that is a safer one than was asked for, whose certificate audits refute
 * @param requestId the request's own id, or the one that it was given; empty where it had none and
 *     took part in no experiment
 * @param experiment the experiment that it took part in
 * @param arm the arm that it was in
 * @param exposureCounted whether it was answered as its arm says, and counts
 */
public record Answer(
    String label,
    int labelIndex,
    List<Float> probabilities,
    List<Float> logits,
    int exitDepth,
    int layers,
    ExitReason exitReason,
    Optional<Exit> rule,
    OptionalDouble signalValue,
    int tokens,
    boolean truncated,
    boolean cached,
    Timing timing,
    String model,
    String version,
    Optional<Tier> appliedTier,
    boolean brownedOut,
    boolean movedBack,
    String requestId,
    Optional<String> experiment,
    Optional<String> arm,
    boolean exposureCounted) {

  public Answer {
    probabilities = List.copyOf(probabilities);
    logits = List.copyOf(logits);
  }

  /** The probability of {@link #label()}. */
  public double probability() {
    return probabilities.get(labelIndex);
  }

  /** Why a text left the model where it left. */
  public enum ExitReason {
    /** The signal passed the threshold. */
    THRESHOLD,
    /** Enough consecutive exits agreed. */
    PATIENCE,
    /** No earlier exit passed, or none was asked. */
    LAST_EXIT,
    /** The time left did not cover another layer. */
    DEADLINE,
    /** A reason newer than this client. */
    OTHER
  }

  /**
   * Where the server's time went. The network is not in it.
   *
   * @param total from the request's arrival to its answer
   * @param tokenize text to token ids
   * @param queue waiting for a worker
   * @param compute in layers and exits
   */
  public record Timing(Duration total, Duration tokenize, Duration queue, Duration compute) {}
}
