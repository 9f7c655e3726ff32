package dev.offramp.server.admin;

import dev.offramp.server.experiment.Metric;
import dev.offramp.server.experiment.state.StateAwayException;
import dev.offramp.server.refusal.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The admin port of a server: the console's pages, {@code /healthz}, {@code /readyz} and {@code
 * /metrics}.
 *
 * <p>Threading: safe for all threads. Ownership: {@link #close} ends the port and the thread that
 * keeps histories; the sources stay.
 */
public final class Console {

  private static final Logger log = LogManager.getLogger(Console.class);

  private static final int SECONDS_PER_NOTE = 10;

  private static final Map<String, String> ASSETS =
      Map.of(
          "console.css", "text/css; charset=utf-8",
          "console.js", "text/javascript; charset=utf-8",
          "icon.svg", "image/svg+xml");

  private final Sources sources;
  private final Templates templates = new Templates();
  private final LiveTraffic traffic = new LiveTraffic();
  private final ModelPages models;
  private final Optional<ExperimentPages> experiments;
  private final Metrics metrics;
  private final InstantSource clock;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("offramp-console").daemon().factory());
  private final AdminServer server;

  private Console(AdminSettings settings, Sources sources, InstantSource clock) throws IOException {
    this.sources = sources;
    this.clock = clock;
    this.models = new ModelPages(sources, traffic);
    this.experiments = sources.experiments().map(all -> new ExperimentPages(all));
    this.metrics = new Metrics(sources);
    this.server = AdminServer.start(settings, this::answer);
  }

  /**
   * Opens the port.
   *
   * @throws IOException if it cannot be listened on
   */
  public static Console open(AdminSettings settings, Sources sources, InstantSource clock)
      throws IOException {
    var console = new Console(settings, sources, clock);
    var _ =
        console.thread.scheduleWithFixedDelay(
            () -> console.quietly(console::sample), 0, 1, TimeUnit.SECONDS);
    var _ =
        console.thread.scheduleWithFixedDelay(
            () -> console.quietly(console::note), 1, SECONDS_PER_NOTE, TimeUnit.SECONDS);
    return console;
  }

  /** The port that it listens on. */
  public int port() {
    return server.port();
  }

  private void sample() {
    traffic.sample(sources.registry().catalog().models(), System.nanoTime());
  }

  private void note() {
    models.note(clock.instant());
    experiments.ifPresent(pages -> pages.note(clock.instant()));
  }

  private void quietly(Runnable look) {
    try {
      look.run();
    } catch (StateAwayException e) {
      log.debug("The console's history has a gap: {}", e.getMessage()); // Others say so louder.
    } catch (RuntimeException e) {
      log.error("The console could not look at the server", e);
    }
  }

  private Response answer(Request request) {
    List<String> path = request.path();
    String first = path.isEmpty() ? "" : path.getFirst();
    try {
      return switch (first) {
        case "healthz" -> Response.text(200, "alive");
        case "readyz" ->
            sources.ready().getAsBoolean()
                ? Response.text(200, "ready")
                : Response.text(503, "not ready: it drains, or has no model");
        case "metrics" -> metrics.page();
        case "assets" -> path.size() == 2 ? asset(path.get(1)) : missing();
        case "" -> page("overview", "Overview", models.overview());
        case "live" -> part("overview-live", models.overview());
        case "models" -> path.size() == 3 ? model(path.get(1), path.get(2)) : missing();
        case "experiments", "log" ->
            experiments.isEmpty()
                ? page("no-state", "Experiments", Map.of())
                : first.equals("log")
                    ? page("log", "Audit log", Map.of("log", experiments.get().entries("")))
                    : experiments(request, experiments.get());
        default -> missing();
      };
    } catch (StateAwayException e) {
      log.debug("A page of the console waits for the state", e);
      return page(503, "away", "The state is away", Map.of());
    } catch (Refusal e) {
      return page(
          e.reason() == Refusal.Reason.NOT_FOUND ? 404 : 400,
          "refused",
          "Refused",
          Map.of("message", String.valueOf(e.getMessage())));
    }
  }

  private Response model(String name, String version) {
    return models
        .model(name, version)
        .map(values -> page("model", name, values))
        .orElseGet(this::missing);
  }

  private Response experiments(Request request, ExperimentPages pages) {
    List<String> path = request.path();
    if (path.size() == 1) {
      return request.isPost()
          ? create(request, pages)
          : page("experiments", "Experiments", pages.list());
    }
    String name = path.get(1);
    if (path.size() == 2 && name.equals("new")) {
      return form(200, ExperimentForm.empty(ExperimentPages.tiers(sources)), "");
    }
    if (path.size() == 2) {
      return shown(200, name, pages, "", request);
    }
    if (path.size() == 3 && path.get(2).equals("live")) {
      return part("experiment-live", pages.show(name));
    }
    return path.size() == 3 && request.isPost() ? act(request, pages) : missing();
  }

  private Response create(Request request, ExperimentPages pages) {
    try {
      return Response.seeOther(ExperimentPages.path(pages.create(request)));
    } catch (Refusal e) {
      return form(400, ExperimentForm.typed(request), String.valueOf(e.getMessage()));
    }
  }

  private Response form(int status, Map<String, Object> typed, String message) {
    var values = new HashMap<String, Object>(Map.of("typed", typed, "message", message));
    values.put("field", ExperimentForm.fieldOf(message));
    values.put(
        "models",
        sources.registry().catalog().byName().stream().map(m -> m.name()).distinct().toList());
    values.put("tiers", ExperimentPages.tiers(sources));
    values.put("measured", Metric.ALL_MEASURED);
    values.put("arms", IntStream.range(0, ExperimentForm.MOST_ARMS).boxed().toList());
    return page(status, "experiment-new", "New experiment", values);
  }

  private Response act(Request request, ExperimentPages pages) {
    String name = request.path().get(1);
    try {
      pages.act(name, request.path().get(2), request);
      return Response.seeOther(ExperimentPages.path(name));
    } catch (Refusal e) {
      return shown(
          e.reason() == Refusal.Reason.NOT_FOUND ? 404 : 400,
          name,
          pages,
          String.valueOf(e.getMessage()),
          request);
    }
  }

  private Response shown(
      int status, String name, ExperimentPages pages, String message, Request request) {
    Map<String, Object> values = pages.show(name);
    values.put("message", message);
    values.put("who", request.field("who"));
    values.put("why", request.field("why"));
    return page(status, "experiment", name, values);
  }

  private Response page(String template, String title, Map<String, Object> values) {
    return page(200, template, title, values);
  }

  private Response page(int status, String template, String title, Map<String, Object> values) {
    var all = new HashMap<>(values);
    all.put("title", title);
    all.put("section", section(template));
    return Response.html(status, templates.render(template, all));
  }

  private static String section(String template) {
    return switch (template) {
      case "overview", "model" -> "overview";
      case "log" -> "log";
      default -> "experiments";
    };
  }

  private Response part(String template, Map<String, Object> values) {
    return Response.html(200, templates.render(template, values));
  }

  private Response missing() {
    return page(404, "refused", "Not found", Map.of("message", "There is no such page here."));
  }

  private Response asset(String name) {
    String type = ASSETS.get(name);
    if (type == null) {
      return missing();
    }
    try (InputStream file =
        Objects.requireNonNull(Console.class.getResourceAsStream("assets/" + name))) {
      return new Response(200, type, file.readAllBytes(), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the port and the thread, within the limit. */
  public void close(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    thread.shutdown();
    server.close(limit);
    // A history that is still being read is left behind, and ends with the database.
    var _ = AdminServer.ended(thread, Duration.ofNanos(deadline - System.nanoTime()));
  }
}
