package dev.offramp.compiler.tvm;

import org.jspecify.annotations.Nullable;

/**
 * A call into TVM that failed, with what TVM said about it.
 *
 * <p>When the failure began in a {@linkplain TvmCallback callback} into Java, the exception thrown
 * there is the cause.
 */
public final class TvmException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String function;
  private final String kind;
  private final String details;

  private TvmException(
      String function, String kind, String message, String details, @Nullable Throwable cause) {
    super(function + ": " + message, cause);
    this.function = function;
    this.kind = kind;
    this.details = details;
  }

  /** Reads TVM's error text: traceback lines, then {@code Kind: message}, perhaps over lines. */
  static TvmException of(String function, String text, @Nullable Throwable cause) {
    var message = new StringBuilder();
    String kind = "TVMError";
    boolean started = false;
    for (String line : text.strip().lines().toList()) {
      if (!started) {
        String head = line.strip();
        if (head.isEmpty() || head.startsWith("Traceback") || isFrame(line)) {
          continue;
        }
        started = true;
        int colon = head.indexOf(": ");
        if (colon > 0 && head.substring(0, colon).matches("[A-Za-z_.]*Error")) {
          kind = head.substring(0, colon);
          head = head.substring(colon + 2);
        }
        message.append(head);
      } else if (line.startsWith("Stack trace:")) {
        break;
      } else {
        message.append('\n').append(line);
      }
    }
    String summary = message.toString().strip();
    return new TvmException(
        function, kind, summary.isEmpty() ? "failed without a message" : summary, text, cause);
  }

  private static boolean isFrame(String line) {
    return line.startsWith("  ") || line.strip().matches("\\d+: .*");
  }

  /** The TVM function or C function that was called. */
  public String function() {
    return function;
  }

  /** TVM's name for the kind of error, such as {@code InternalError} or {@code TypeError}. */
  public String kind() {
    return kind;
  }

  /** TVM's whole text, its native traceback included. */
  public String details() {
    return details;
  }
}
