package dev.offramp.server.admin;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A request to the admin port.
 *
 * @param method {@code GET}, {@code HEAD} or {@code POST}
 * @param path its parts, decoded
 * @param fields of the query, or of the form that was sent
 */
record Request(String method, List<String> path, Map<String, String> fields) {

  /** No form of ours comes near it. */
  static final int MOST_BYTES = 64 * 1024;

  Request {
    path = List.copyOf(path);
    fields = Map.copyOf(fields);
  }

  /**
   * Reads a request to its end.
   *
   * @throws IllegalArgumentException if it is none, or too large
   */
  static Request read(HttpExchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    String sent = String.valueOf(exchange.getRequestURI().getRawQuery());
    if (method.equals("POST")) {
      byte[] body = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
      if (body.length > MOST_BYTES) {
        throw new IllegalArgumentException(
            "the form is larger than %d bytes (expected: at most that)".formatted(MOST_BYTES));
      }
      sent = new String(body, StandardCharsets.UTF_8);
    }
    List<String> path =
        Arrays.stream(exchange.getRequestURI().getRawPath().split("/", -1))
            .filter(part -> !part.isEmpty())
            .map(Request::decode)
            .toList();
    return new Request(method, path, fields(sent));
  }

  private static Map<String, String> fields(String sent) {
    var fields = new HashMap<String, String>();
    for (String pair : sent.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        fields.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)).strip());
      }
    }
    return fields;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  /** A field's value, without white space around it; empty if it was not sent. */
  String field(String name) {
    return fields.getOrDefault(name, "");
  }

  boolean isPost() {
    return method.equals("POST");
  }
}
