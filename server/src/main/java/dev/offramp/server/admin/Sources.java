package dev.offramp.server.admin;

import dev.offramp.server.audit.Audits;
import dev.offramp.server.audit.TierWatch;
import dev.offramp.server.cache.TraceCache;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.experiment.live.Experiments;
import dev.offramp.server.registry.ModelRegistry;
import dev.offramp.server.registry.ModelWatch;
import dev.offramp.server.rpc.CallCounts;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * What the admin port shows and changes.
 *
 * @param shortOfTime whether requests that allow it get bolder tiers now
 * @param experiments empty where the server keeps no state
 * @param calls how calls ended until now
 * @param watch empty where no directory is watched
 * @param ready whether the server takes requests
 */
public record Sources(
    ModelRegistry registry,
    Engine engine,
    TraceCache cache,
    Audits audits,
    TierWatch tiers,
    BooleanSupplier shortOfTime,
    Optional<Experiments> experiments,
    CallCounts calls,
    Optional<ModelWatch> watch,
    BooleanSupplier ready) {}
