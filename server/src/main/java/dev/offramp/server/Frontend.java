package dev.offramp.server;

import dev.offramp.server.audit.AuditCounts;
import dev.offramp.server.audit.AuditSettings;
import dev.offramp.server.audit.Audits;
import dev.offramp.server.audit.TierWatch;
import dev.offramp.server.cache.SharedTexts;
import dev.offramp.server.cache.TraceCache;
import dev.offramp.server.engine.BrownOut;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.experiment.AuditHistory;
import dev.offramp.server.experiment.AuditedTier;
import dev.offramp.server.experiment.count.Event;
import dev.offramp.server.experiment.live.Experiments;
import dev.offramp.server.registry.ModelRegistry;
import dev.offramp.server.rpc.CallThreads;
import dev.offramp.server.rpc.Flow;
import dev.offramp.server.rpc.InFlight;
import dev.offramp.server.rpc.InferenceService;
import dev.offramp.server.rpc.Listener;
import dev.offramp.server.rpc.Serving;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What stands between calls that classify and an engine.
 *
 * @param serving its parts
 * @param inFlight counts its calls, and those of services that share a server with it
 * @param service to be listened for
 */
record Frontend(Serving serving, InFlight inFlight, ServerServiceDefinition service) {

  /**
   * One before an engine.
   *
   * @param registry of models of that engine
   * @param experiments empty where no state is kept: audits are then counted here alone
   */
  static Frontend over(
      ServerSettings settings,
      Engine engine,
      ModelRegistry registry,
      TraceCache cache,
      Optional<Experiments> experiments,
      CallThreads threads) {
    var texts = new SharedTexts(cache);
    var counts = new AuditCounts();
    var audits =
        new Audits(
            AuditSettings.of(settings.auditShare(), settings.softWait(), settings.engine()),
            engine,
            texts,
            experiments.<Consumer<Event>>map(all -> all::record).orElse(counts),
            System::nanoTime,
            () -> ThreadLocalRandom.current().nextDouble());
    var tiers =
        new TierWatch(
            settings.onDrift(),
            experiments
                .<Supplier<Map<AuditedTier, AuditHistory>>>map(all -> all::audits)
                .orElse(counts::all),
            registry::catalog);
    var serving =
        new Serving(
            registry,
            engine,
            texts,
            new BrownOut(settings.softWait(), engine::predictedWait, System::nanoTime),
            audits,
            tiers,
            experiments,
            threads.loops()::current,
            System::nanoTime);
    var inFlight = new InFlight();
    var service = new InferenceService(serving, threads.longTexts());
    return new Frontend(
        serving,
        inFlight,
        ServerInterceptors.intercept(
            service.bind(), new Flow(), inFlight.upTo(Listener.MOST_CALLS)));
  }
}
