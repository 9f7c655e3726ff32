package dev.offramp.cli.load;

/**
 * What came back for a call, as far as a run counts it.
 *
 * @param outcome what became of the call; the other numbers are of answers, else 0
 * @param exitDepth layers executed, counted from 1
 * @param layers layers that the model has
 * @param cached whether a stored trace answered
 * @param deadlineExit whether the answer is the deepest that the deadline left time for
 * @param message why there is no answer; empty where there is one
 */
public record Reply(
    Outcome outcome,
    int exitDepth,
    int layers,
    boolean cached,
    boolean deadlineExit,
    String message) {

  /** An answer. */
  public static Reply answered(int exitDepth, int layers, boolean cached, boolean deadlineExit) {
    return new Reply(Outcome.ANSWERED, exitDepth, layers, cached, deadlineExit, "");
  }

  /** No answer, for the reason {@code message}. */
  public static Reply failed(Outcome outcome, String message) {
    return new Reply(outcome, 0, 0, false, false, message);
  }
}
