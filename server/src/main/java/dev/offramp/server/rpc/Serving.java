package dev.offramp.server.rpc;

import dev.offramp.server.audit.Audits;
import dev.offramp.server.audit.TierWatch;
import dev.offramp.server.cache.SharedTexts;
import dev.offramp.server.engine.BrownOut;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.experiment.live.Experiments;
import dev.offramp.server.registry.ModelRegistry;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What calls are answered with.
 *
 * @param audits of what was answered
 * @param tiers what audits found
 * @param experiments empty where the server keeps no state
 * @param answering sends the answers of a call that arrives on the thread that asks for it
 * @param nanoTime the engine's clock
 */
public record Serving(
    ModelRegistry registry,
    Engine engine,
    SharedTexts texts,
    BrownOut brownOut,
    Audits audits,
    TierWatch tiers,
    Optional<Experiments> experiments,
    Supplier<Executor> answering,
    LongSupplier nanoTime) {}
