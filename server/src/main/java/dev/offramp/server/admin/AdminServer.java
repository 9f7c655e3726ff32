package dev.offramp.server.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The admin port: HTTP/1.1 of the JDK's own server.
 *
 * <p>Threading: each request on a virtual thread, at most {@value #MOST_AT_ONCE} at once, probes
 * apart. Ownership: {@link #close} ends requests and the port.
 */
final class AdminServer {

  private static final Logger log = LogManager.getLogger(AdminServer.class);

  private static final int MOST_AT_ONCE = 32;
  private static final Set<String> UNBOUNDED = Set.of("/healthz", "/readyz", "/metrics");

  /* The JDK's server waits for ever for the rest of a request unless it is told not to. */
  private static final String REQUEST_LIMIT = "sun.net.httpserver.maxReqTime";
  private static final String REQUEST_SECONDS = "30";

  private final HttpServer server;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("offramp-admin-", 0).factory());
  private final Semaphore room = new Semaphore(MOST_AT_ONCE);
  private final Gate gate;
  private final Function<Request, Response> routes;

  private AdminServer(HttpServer server, Gate gate, Function<Request, Response> routes) {
    this.server = server;
    this.gate = gate;
    this.routes = routes;
  }

  /**
   * Listens.
   *
   * @throws IOException if the address cannot be listened on
   */
  static AdminServer start(AdminSettings settings, Function<Request, Response> routes)
      throws IOException {
    if (System.getProperty(REQUEST_LIMIT) == null) {
      System.setProperty(REQUEST_LIMIT, REQUEST_SECONDS);
    }
    HttpServer server;
    try {
      server = HttpServer.create(new InetSocketAddress(settings.address(), settings.port()), 0);
    } catch (IOException | RuntimeException e) {
      throw new IOException(
          "cannot listen on %s:%d for administration: %s (expected: an address of this host and a port that is free; 0: any)"
              .formatted(settings.address(), settings.port(), e.getMessage()),
          e);
    }
    var admin = new AdminServer(server, new Gate(settings.address()), routes);
    server.setExecutor(admin.threads);
    server.createContext("/", admin::handle);
    server.start();
    return admin;
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (UNBOUNDED.contains(exchange.getRequestURI().getPath())) {
        send(exchange, answer(exchange)); // Pages that wait for a database say nothing of serving.
        return;
      }
      if (!room.tryAcquire()) {
        send(exchange, Response.text(503, "too many requests at once (try again)"));
        return;
      }
      try {
        send(exchange, answer(exchange));
      } finally {
        room.release();
      }
    }
  }

  private Response answer(HttpExchange exchange) throws IOException {
    String method = exchange.getRequestMethod();
    Optional<String> refusal = gate.refusal(method, exchange.getRequestHeaders());
    if (refusal.isPresent()) {
      return Response.text(403, refusal.get());
    }
    if (!method.equals("GET") && !method.equals("HEAD") && !method.equals("POST")) {
      return Response.text(405, method + " (expected: GET, HEAD or POST)");
    }
    Request request;
    try {
      request = Request.read(exchange);
    } catch (IllegalArgumentException e) {
      return Response.text(400, String.valueOf(e.getMessage()));
    }
    try {
      return routes.apply(request);
    } catch (RuntimeException e) {
      log.error("{} {} failed", method, exchange.getRequestURI().getRawPath(), e);
      return Response.text(500, "it failed; the server's log says why");
    }
  }

  private static void send(HttpExchange exchange, Response response) throws IOException {
    var headers = exchange.getResponseHeaders();
    Gate.protect(headers);
    headers.set("Content-Type", response.type());
    if (!response.location().isEmpty()) {
      headers.set("Location", response.location());
    }
    byte[] body = response.body();
    if (exchange.getRequestMethod().equals("HEAD")) {
      headers.set("Content-Length", String.valueOf(body.length));
      exchange.sendResponseHeaders(response.status(), -1);
    } else {
      exchange.sendResponseHeaders(response.status(), body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** Ends requests and the port, within the limit. */
  void close(Duration limit) {
    server.stop(0);
    if (!ended(threads, limit)) {
      threads.shutdownNow(); // Not before: within H2 an interrupt closes its file.
    }
  }

  /** Begins no more, and waits for what is under way; false if that has not ended in time. */
  static boolean ended(ExecutorService threads, Duration limit) {
    threads.shutdown();
    try {
      return threads.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
