package dev.offramp.server.experiment;

import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/*
 * An outcome is reported for a request, and counts in the arm that the request was exposed to. That
 * could be looked up if every exposure were written down: a row a request, of which hardly any is ever
 * asked for. Instead the id that an answer says also says the arm. Whoever reports an outcome brings it
 * back, and only then a row is written (docs/decisions/0049).
 */

/** Ids of requests whose callers gave them none. */
public final class RequestIds {
  private static final Pattern EXPOSED =
      Pattern.compile("[0-9a-f]{32}\\.([a-z][a-z0-9-]{0,62})\\.([a-z][a-z0-9-]{0,62})");

  /** What an id says that a request was exposed to. */
  public record Exposed(String experiment, String arm) {}

  /** 128 random bits. */
  public static String random() {
    var random = ThreadLocalRandom.current();
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(random.nextLong()) + hex.toHexDigits(random.nextLong());
  }

  /** A {@linkplain #random random} id that says what its request was exposed to. */
  public static String exposed(String random, String experiment, String arm) {
    return random + "." + experiment + "." + arm;
  }

  /** What an id says, if it was made here and says anything. */
  public static Optional<Exposed> exposure(String id) {
    Matcher matcher = EXPOSED.matcher(id);
    return matcher.matches()
        ? Optional.of(new Exposed(matcher.group(1), matcher.group(2)))
        : Optional.empty();
  }

  private RequestIds() {}
}
