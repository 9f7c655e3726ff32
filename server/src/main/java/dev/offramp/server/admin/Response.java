package dev.offramp.server.admin;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * An answer of the admin port.
 *
 * @param location where to go instead; empty for nowhere
 */
@SuppressWarnings("ArrayRecordComponent") // Nothing compares answers.
record Response(int status, String type, byte[] body, String location) {

  private static final String HTML = "text/html; charset=utf-8";
  private static final String TEXT = "text/plain; charset=utf-8";

  static Response html(int status, String html) {
    return new Response(status, HTML, html.getBytes(StandardCharsets.UTF_8), "");
  }

  static Response text(int status, String text) {
    return new Response(status, TEXT, (text + "\n").getBytes(StandardCharsets.UTF_8), "");
  }

  /** After a form was taken, so that reloading the page does not send it again. */
  static Response seeOther(String location) {
    return new Response(303, TEXT, new byte[0], location);
  }

  /** A path of these parts, encoded. */
  static String path(String... parts) {
    return Arrays.stream(parts)
        .map(part -> "/" + URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
        .collect(Collectors.joining());
  }
}
