package dev.offramp.server;

import dev.offramp.model.io.DurationText;
import dev.offramp.server.admin.Console;
import dev.offramp.server.admin.Sources;
import dev.offramp.server.audit.TierWatch;
import dev.offramp.server.cache.TraceCache;
import dev.offramp.server.engine.BackendFactory;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.StepListener;
import dev.offramp.server.experiment.live.Experiments;
import dev.offramp.server.experiment.state.StateSettings;
import dev.offramp.server.natives.CpuAffinity;
import dev.offramp.server.natives.TvmRuntime;
import dev.offramp.server.registry.Host;
import dev.offramp.server.registry.ModelRegistry;
import dev.offramp.server.registry.ModelRoots;
import dev.offramp.server.registry.ModelWatch;
import dev.offramp.server.registry.Warmup;
import dev.offramp.server.rpc.CallCounts;
import dev.offramp.server.rpc.CallThreads;
import dev.offramp.server.rpc.ExperimentService;
import dev.offramp.server.rpc.InFlight;
import dev.offramp.server.rpc.Listener;
import dev.offramp.server.rpc.ModelAdminService;
import dev.offramp.server.rpc.Serving;
import dev.offramp.v1.InferenceServiceGrpc;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * A running server: models behind {@code offramp.v1.InferenceService}, {@code
 * offramp.v1.ModelAdminService} to change them, {@code offramp.v1.ExperimentService} to find out
 * which of their tiers is good enough, with gRPC health and reflection.
 *
 * <p>Threading: safe for all threads. Ownership: {@link #close} drains and frees everything.
 */
public final class OfframpServer implements AutoCloseable {

  private static final Logger log = LogManager.getLogger(OfframpServer.class);

  /**
   * How long each part may take to end at most, so that one that hangs leaves time to others:
   * cancelled calls to notice, a worker for the layer that it is at, a load of a model.
   */
  private static final Duration PART_LIMIT = Duration.ofSeconds(5);

  /** What is kept for delivering counts and closing the database, even if others hang. */
  private static final Duration DELIVERY_LIMIT = Duration.ofSeconds(4);

  /** What is kept for those who come last: loads of models and call threads. */
  private static final Duration LAST_LIMIT = Duration.ofSeconds(1);

  private static final Duration AUDIT_LOOKS = Duration.ofSeconds(1);

  private static final Duration QUIET = Duration.ofMillis(100);

  private final ServerSettings settings;
  private final Serving serving;
  private final Optional<ModelWatch> watch;
  private final ModelAdminService admin;
  private final CallThreads threads;
  private final HealthStatusManager health;
  private final InFlight inFlight;
  private final Server server;
  private final int port;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Optional<Console> console;
  private final AtomicBoolean closing;

  private OfframpServer(
      ServerSettings settings,
      Serving serving,
      Optional<ModelWatch> watch,
      ModelAdminService admin,
      CallThreads threads,
      HealthStatusManager health,
      InFlight inFlight,
      Server server,
      Optional<Console> console,
      AtomicBoolean closing) {
    this.settings = settings;
    this.serving = serving;
    this.watch = watch;
    this.admin = admin;
    this.threads = threads;
    this.health = health;
    this.inFlight = inFlight;
    this.server = server;
    this.port = server.getPort();
    this.console = console;
    this.closing = closing;
  }

  /**
   * Loads the artifacts, then listens.
   *
   * @throws dev.offramp.model.io.ModelFormatException if an artifact cannot be used
   * @throws IOException if the address cannot be listened on, or what is watched has no artifact
   *     that can be served
   */
  public static OfframpServer start(ServerSettings settings) throws IOException {
    return start(settings, TvmRuntime.backends());
  }

  /** The same, with backends that the caller chooses. */
  public static OfframpServer start(ServerSettings settings, BackendFactory backends)
      throws IOException {
    var cache = new TraceCache(settings.cache());
    var engine =
        new Engine(
            settings.engine(),
            System::nanoTime,
            StepListener.none(),
            settings.pinned() ? CpuAffinity::pinWorker : _ -> {});
    var warmup =
        new Warmup(
            engine,
            settings.engine().workers(),
            settings.engine().batch(),
            settings.rollout().warmUpLimit());
    var registry =
        new ModelRegistry(engine, backends, Host.local(), settings.wish(), warmup, cache::drop);
    Optional<ModelWatch> watch =
        settings
            .rollout()
            .watch()
            .map(dir -> new ModelWatch(registry, dir, settings.rollout().watchInterval()));
    var admin = new ModelAdminService(registry, new ModelRoots(settings.rollout().roots()));
    CallThreads threads = CallThreads.open();
    Optional<Experiments> experiments = Optional.empty();
    Optional<Console> console = Optional.empty();
    var closing = new AtomicBoolean();
    try {
      settings.artifacts().forEach(registry::load);
      watch.ifPresent(ModelWatch::start);
      if (registry.models().isEmpty()) {
        throw new IOException(
            settings.rollout().watch().orElseThrow()
                + ": no artifact in it can be served (expected: at least one from the start)");
      }
      experiments = open(settings.state(), registry);
      var health = new HealthStatusManager();
      registry.onChange(catalog -> {
        var status = catalog.models().isEmpty() ? ServingStatus.NOT_SERVING : ServingStatus.SERVING;
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, status);
        health.setStatus(InferenceServiceGrpc.SERVICE_NAME, status);
      });
      Frontend frontend = Frontend.over(settings, engine, registry, cache, experiments, threads);
      InFlight inFlight = frontend.inFlight();
      TierWatch tiers = frontend.serving().tiers();
      List<ServerServiceDefinition> services =
          List.of(
              frontend.service(),
              ServerInterceptors.intercept(admin.bind(), inFlight),
              ServerInterceptors.intercept(
                  new ExperimentService(experiments, InstantSource.system()).bind(), inFlight),
              health.getHealthService().bindService(),
              ProtoReflectionServiceV1.newInstance().bindService());
      var calls = new CallCounts(services);
      if (settings.admin().isPresent()) {
        var sources =
            new Sources(
                registry,
                engine,
                cache,
                frontend.serving().audits(),
                tiers,
                () -> engine.predictedWait().compareTo(settings.softWait()) > 0,
                experiments,
                calls,
                watch,
                () -> !closing.get() && !registry.models().isEmpty());
        console =
            Optional.of(Console.open(settings.admin().get(), sources, InstantSource.system()));
      }
      Server server = Listener.open(settings.address(), settings.port(), threads, services, calls);
      log.info(
          "Listening on {}:{} with {} workers",
          settings.address(),
          server.getPort(),
          settings.engine().workers());
      experiments.ifPresent(all -> all.heedAlarms(tier -> tiers.health(tier).alarm()));
      tiers.start(AUDIT_LOOKS); // Last: what fails before has no thread to end.
      return new OfframpServer(
          settings,
          frontend.serving(),
          watch,
          admin,
          threads,
          health,
          inFlight,
          server,
          console,
          closing);
    } catch (IOException | RuntimeException | Error e) {
      console.ifPresent(open -> open.close(PART_LIMIT));
      registry.close();
      engine.close(PART_LIMIT);
      watch.ifPresent(open -> open.close(PART_LIMIT));
      admin.close(PART_LIMIT);
      experiments.ifPresent(open -> open.close(PART_LIMIT));
      threads.close(PART_LIMIT);
      throw e;
    }
  }

  private static Optional<Experiments> open(Optional<StateSettings> state, ModelRegistry registry)
      throws IOException {
    return state.isEmpty()
        ? Optional.empty()
        : Optional.of(Experiments.open(state.get(), registry::catalog, InstantSource.system()));
  }

  /** The port that it listens on. */
  public int port() {
    return port;
  }

  /** The admin port that it listens on, if it was given one. */
  public OptionalInt adminPort() {
    return console.map(open -> OptionalInt.of(open.port())).orElseGet(OptionalInt::empty);
  }

  /** The models, to load and retire while it runs. */
  public ModelRegistry models() {
    return serving.registry();
  }

  /** Calls of the services that have begun and not ended. */
  public int callsInFlight() {
    return inFlight.count();
  }

  /** Makes the end of the JVM, as by SIGTERM, drain and close this server first. */
  public void closeOnExit() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "offramp-drain"));
  }

  /** Waits until the server has been closed. */
  public void awaitClosed() throws InterruptedException {
    closed.await();
  }

  /**
   * Drains and closes: health says {@code NOT_SERVING} at once, new connections and calls are
   * turned away, calls in flight finish within the drain timeout, and so do audits; what is left is
   * cancelled. All that is closed then shares what is left of the drain timeout and {@link
   * ServerSettings#CLOSE_REST}; what has not ended by then is left behind. Whoever calls it second
   * waits for the first.
   */
  @Override
  public void close() {
    if (closing.compareAndSet(false, true)) {
      drain();
      closed.countDown();
      return;
    }
    try {
      awaitClosed();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void drain() {
    log.info("Draining, for at most {}", DurationText.format(settings.drainTimeout()));
    health.enterTerminalState();
    watch.ifPresent(ModelWatch::stop);
    server.shutdown();
    long begun = System.nanoTime();
    long deadline = begun + settings.drainTimeout().toNanos();
    if (!awaitCalls(deadline)) {
      log.warn(
          "{} calls are cancelled, still in flight after {}",
          inFlight.count(),
          Duration.ofNanos(System.nanoTime() - begun).truncatedTo(ChronoUnit.MILLIS));
    }
    // What is left otherwise are watches of health, and connections.
    server.shutdownNow();
    // Deliveries of counts have a part of it to themselves, whatever hangs before and after them.
    long end = deadline + ServerSettings.CLOSE_REST.toNanos();
    long delivered = end - LAST_LIMIT.toNanos();
    long first = delivered - DELIVERY_LIMIT.toNanos();
    awaitTermination(part(first));
    console.ifPresent(open -> open.close(part(first)));
    serving.registry().close();
    if (!serving.engine().close(left(deadline))) {
      serving.audits().close();
      Duration limit = part(first);
      if (!serving.engine().close(limit)) {
        log.error(
            "A worker has not ended after {}, and is left behind: perhaps a kernel hangs",
            DurationText.format(limit));
      }
    }
    var _ = serving.tiers().stop(Duration.ZERO); // No look begins any more.
    serving.experiments().ifPresent(open -> open.close(left(delivered)));
    watch.ifPresent(open -> open.close(part(end)));
    admin.close(part(end));
    threads.close(part(end));
    log.info("Closed");
  }

  private static Duration left(long deadline) {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()))
        .truncatedTo(ChronoUnit.MILLIS); // The log says some.
  }

  private static Duration part(long deadline) {
    Duration left = left(deadline);
    return left.compareTo(PART_LIMIT) < 0 ? left : PART_LIMIT;
  }

  /*
   * Calls that were on the wire when the connection was told to go away still arrive, so that none
   * is in flight has to be seen twice. A server that has terminated has no calls, even where their
   * last listener has yet to be told and count.
   */
  private boolean awaitCalls(long deadline) {
    boolean quiet = false;
    while (System.nanoTime() - deadline < 0) {
      if (awaitTermination(QUIET)) {
        return true;
      }
      if (Thread.currentThread().isInterrupted() || (quiet && inFlight.count() == 0)) {
        break;
      }
      quiet = inFlight.count() == 0;
    }
    return inFlight.count() == 0;
  }

  private boolean awaitTermination(Duration limit) {
    try {
      return server.awaitTermination(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
