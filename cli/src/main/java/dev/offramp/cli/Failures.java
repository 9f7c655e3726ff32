package dev.offramp.cli;

import dev.offramp.model.io.ModelFormatException;
import dev.offramp.trainer.data.FileFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/**
 * What a user sees of a failure: one line that says what to do; the whole story goes to the log.
 */
final class Failures {
  private static final Logger log = LogManager.getLogger(Failures.class);

  private Failures() {}

  static int report(Exception failure, CommandLine commandLine, ParseResult parsed) {
    PrintWriter err = commandLine.getErr();
    err.println(commandLine.getColorScheme().errorText("offramp: " + message(failure)));
    if (isExpected(failure)) {
      log.debug("The command failed", failure);
    } else {
      failure.printStackTrace(err);
    }
    err.flush();
    return 1;
  }

  private static String message(Exception failure) {
    return switch (failure) {
      case NoSuchFileException e -> e.getFile() + ": no such file or directory";
      case FileAlreadyExistsException e ->
          e.getFile()
              + ": "
              + (e.getReason() == null
                  ? "exists already, as something else (expected: a directory, or nothing yet)"
                  : e.getReason());
      case AccessDeniedException e -> e.getFile() + ": permission denied";
      default -> withCause(failure);
    };
  }

  /** What it says, and why, where a file's failure is behind it that it does not name. */
  private static String withCause(Exception failure) {
    String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    if (failure.getCause() instanceof IOException cause && !message.equals(cause.toString())) {
      String reason = FileFailure.reason(cause);
      // Ours says it in its own words.
      return message.contains(reason) || message.contains("no such")
          ? message
          : message + ": " + reason;
    }
    return message;
  }

  /* Failures of the user's files, values or machine; all others are ours and show where. */
  private static boolean isExpected(Exception failure) {
    return failure instanceof ModelFormatException
        || failure instanceof CommandFailedException
        || failure instanceof IllegalArgumentException
        || failure instanceof IOException
        || failure instanceof UncheckedIOException
        || failure.getClass().getName().startsWith("dev.offramp.");
  }
}
