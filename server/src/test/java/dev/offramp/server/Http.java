package dev.offramp.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** HTTP of which a test writes every byte: clients do not let it send any Host and Origin. */
record Http(int status, Map<String, String> headers, String body) {

  static Http get(int port, String path, String... headers) {
    return send(port, "GET", path, "", headers);
  }

  /** Posts a form as a page of the console would. */
  static Http post(int port, String path, Map<String, String> form) {
    return send(port, "POST", path, encoded(form), "Origin: http://127.0.0.1:" + port);
  }

  static String encoded(Map<String, String> form) {
    return form.entrySet().stream()
        .map(field ->
            field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
        .collect(Collectors.joining("&"));
  }

  /** Sends a request; one that gives no Host gets the right one. */
  static Http send(int port, String method, String path, String body, String... headers) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    var lines = new ArrayList<>(List.of(method + " " + path + " HTTP/1.1"));
    lines.addAll(List.of(headers));
    if (Arrays.stream(headers).noneMatch(header -> header.startsWith("Host:"))) {
      lines.add("Host: 127.0.0.1:" + port);
    }
    lines.addAll(
        List.of(
            "Connection: close",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: " + bytes.length,
            "",
            ""));
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(String.join("\r\n", lines).getBytes(StandardCharsets.UTF_8));
      try {
        socket.getOutputStream().write(bytes);
      } catch (IOException e) {
        // What is too large may be answered before it was sent.
      }
      return read(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Http read(Socket socket) throws IOException {
    var all = new ByteArrayOutputStream();
    try {
      socket.getInputStream().transferTo(all);
    } catch (IOException e) {
      // It was closed before all that was sent was read: what it said is here.
    }
    String text = all.toString(StandardCharsets.UTF_8);
    int end = text.indexOf("\r\n\r\n");
    String[] lines = text.substring(0, end).split("\r\n", -1);
    var headers = new HashMap<String, String>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      headers.put(
          lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
          lines[i].substring(colon + 1).strip());
    }
    return new Http(Integer.parseInt(lines[0].split(" ", 3)[1]), headers, text.substring(end + 4));
  }

  String header(String name) {
    return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
  }
}
