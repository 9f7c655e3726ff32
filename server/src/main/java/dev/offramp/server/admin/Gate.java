package dev.offramp.server.admin;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/*
 * Whoever reaches the port may use it: that is what its address is for. A web page that a person
 * happens to have open is not to reach it through that person's browser. So forms are taken from
 * pages of this port only, which browsers tell by Origin and Sec-Fetch-Site; and where the port is
 * this host's alone, the name in Host must be one of this host's, since a foreign name can be made
 * to lead here. Pages come with a policy that lets them load nothing but our own files.
 */

/** What keeps other web pages away from the admin port. */
final class Gate {

  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
          + " form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

  private final boolean local;

  /**
   * A gate.
   *
   * @param address that the port listens on
   */
  Gate(String address) {
    this.local = LOOPBACK.contains(address) || address.equals("::1");
  }

  /** Why a request may not come in; empty if it may. */
  Optional<String> refusal(String method, Headers headers) {
    String host = headers.getFirst("Host");
    if (host == null || (local && !LOOPBACK.contains(nameOf(host)))) {
      return Optional.of(
          "Host: %s (expected: a name of this host, since the port is for it alone)"
              .formatted(host));
    }
    return method.equals("POST") && !isOwn(headers, host)
        ? Optional.of("the form comes from another page (expected: one of this console)")
        : Optional.empty();
  }

  private static String nameOf(String host) {
    int colon = host.lastIndexOf(':');
    boolean hasPort = colon > host.lastIndexOf(']');
    return (hasPort ? host.substring(0, colon) : host).toLowerCase(Locale.ROOT);
  }

  private static boolean isOwn(Headers headers, String host) {
    String site = headers.getFirst("Sec-Fetch-Site");
    String origin = headers.getFirst("Origin");
    return (site == null || site.equals("same-origin"))
        && (origin == null ? site != null : host.equalsIgnoreCase(authority(origin)));
  }

  private static @Nullable String authority(String origin) {
    try {
      return new URI(origin).getAuthority();
    } catch (URISyntaxException e) {
      return null;
    }
  }

  /** What every answer says to browsers. */
  static void protect(Headers headers) {
    headers.set("Content-Security-Policy", POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "same-origin");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cache-Control", "no-store");
  }
}
