package dev.offramp.server.rpc;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import dev.offramp.server.cache.TraceCache;
import dev.offramp.server.engine.Departure;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.Passage;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.ModelRegistry;
import dev.offramp.server.registry.ServedModel;
import dev.offramp.v1.CacheStatus;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.ExitReason;
import dev.offramp.v1.Timing;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One call of Classify, from its request to its answer.
 *
 * <p>Threading: {@link #start} runs on the caller's thread; the engine calls the listener's methods
 * on a worker, after it and only once.
 */
final class ClassifyCall implements Passage.Listener {

  private final ClassifyRequest request;
  private final ServerCallStreamObserver<ClassifyResponse> observer;
  private final TraceCache cache;
  private final LongSupplier nanoTime;
  private final long arrivedNanos;
  private final ServedModel model;
  private final ExitRule rule;
  private final Input input;
  private final long tokenizeNanos;

  private ClassifyCall(
      ClassifyRequest request,
      ServerCallStreamObserver<ClassifyResponse> observer,
      TraceCache cache,
      LongSupplier nanoTime,
      long arrivedNanos,
      ServedModel model) {
    this.request = request;
    this.observer = observer;
    this.cache = cache;
    this.nanoTime = nanoTime;
    this.arrivedNanos = arrivedNanos;
    this.model = model;
    this.rule = rule(request, model);
    long before = nanoTime.getAsLong();
    this.input = Input.of(request, model);
    this.tokenizeNanos = nanoTime.getAsLong() - before;
  }

  /**
   * Answers from the cache, or hands the text to the engine, which will.
   *
   * @throws Refusal if neither is possible
   */
  static void start(
      ClassifyRequest request,
      ServerCallStreamObserver<ClassifyResponse> observer,
      ModelRegistry registry,
      Engine engine,
      TraceCache cache,
      LongSupplier nanoTime,
      long arrivedNanos) {
    long deadlineNanos = deadline(arrivedNanos);
    ServedModel model = registry.hold(request.getModel(), request.getModelVersion());
    try {
      new ClassifyCall(request, observer, cache, nanoTime, arrivedNanos, model)
          .proceed(engine, deadlineNanos);
    } finally {
      model.lane().release();
    }
  }

  private void proceed(Engine engine, long deadlineNanos) {
    if (!request.getBypassCache()) {
      Optional<TraceCache.Hit> hit = cache.find(model.id(), input.text(), rule);
      if (hit.isPresent()) {
        answer(hit.get().exit(), hit.get().trace(), CacheStatus.CACHE_STATUS_HIT, 0, 0);
        return;
      }
    }
    var passage = new Passage(input.text(), rule, deadlineNanos, this);
    observer.setOnCancelHandler(passage::abandon);
    if (observer.isCancelled()) {
      return;
    }
    Engine.Offer offer;
    try {
      offer = engine.offer(model.lane(), passage);
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
    switch (offer) {
      case ACCEPTED -> {}
      case FULL ->
          throw Refusal.overloaded(
              "too many texts are waiting (retry with back-off, or elsewhere)");
      case CLOSED -> throw Refusal.closing();
    }
  }

  /** The call's deadline on the engine's clock. */
  private static long deadline(long nowNanos) {
    Deadline deadline = Context.current().getDeadline();
    if (deadline == null) {
      return Passage.NO_DEADLINE;
    }
    long left = deadline.timeRemaining(TimeUnit.NANOSECONDS);
    if (left <= 0) {
      throw Refusal.deadline("the deadline had passed when the request arrived");
    }
    return nowNanos + left;
  }

  private static ExitRule rule(ClassifyRequest request, ServedModel model) {
    var tiers = model.manifest().tiers();
    return switch (request.getExitCase()) {
      case TIER ->
          tiers
              .find(request.getTier())
              .orElseThrow(() ->
                  Refusal.notFound(
                      "tier: '"
                          + request.getTier()
                          + "' (known to "
                          + model.label()
                          + ": "
                          + tiers.names()
                          + ")"))
              .rule();
      case EXIT_RULE ->
          RuleMessages.read(request.getExitRule(), model.manifest().config().classes());
      case EXIT_NOT_SET ->
          throw Refusal.invalid(
              "exit: not given (expected: an exit_rule, or a tier of " + tiers.names() + ")");
    };
  }

  @Override
  public void onDeparture(Departure departure) {
    if (!request.getBypassCache()) {
      cache.put(model.id(), input.text(), departure.trace());
    }
    answer(
        departure.exit(),
        departure.trace(),
        request.getBypassCache() ? CacheStatus.CACHE_STATUS_BYPASS : CacheStatus.CACHE_STATUS_MISS,
        departure.queueNanos(),
        departure.computeNanos());
  }

  @Override
  public void onAbandoned() {
    observer.onError(
        Statuses.of(Refusal.deadline("the deadline passed while the text was on its way")));
  }

  @Override
  public void onFailure(Throwable cause) {
    observer.onError(Statuses.failed()); // The engine logged it, once for the batch.
  }

  private void answer(
      Exit exit, Trace trace, CacheStatus cacheStatus, long queueNanos, long computeNanos) {
    ModelConfig config = model.manifest().config();
    int depth = exit.depth();
    int label = trace.label(depth);
    var response =
        ClassifyResponse.newBuilder()
            .setLabel(config.labels().get(label))
            .setLabelIndex(label)
            .setExitDepth(depth)
            .setLayers(config.layers())
            .setTier(request.getTier())
            .setExitReason(reason(exit))
            .setCacheStatus(cacheStatus)
            .setModel(model.manifest().name())
            .setModelVersion(model.manifest().version())
            .setTokens(input.text().length())
            .setTruncated(input.truncated());
    for (double probability : trace.probabilities(depth)) {
      response.addProbabilities((float) probability);
    }
    for (float logit : trace.logits(depth)) {
      response.addLogits(logit);
    }
    RuleMessages.write(rule).ifPresent(response::setExitRule);
    if (rule instanceof ExitRule.Threshold threshold) {
      response.setSignalValue(trace.signal(depth, threshold.signal(), threshold.temperature()));
    }
    response.setTiming(
        Timing.newBuilder()
            .setTokenizeNanos(tokenizeNanos)
            .setQueueNanos(queueNanos)
            .setComputeNanos(computeNanos)
            .setTotalNanos(nanoTime.getAsLong() - arrivedNanos));
    observer.onNext(response.build());
    observer.onCompleted();
  }

  private ExitReason reason(Exit exit) {
    return switch (exit.reason()) {
      case LAST_EXIT -> ExitReason.EXIT_REASON_LAST_EXIT;
      case RULE ->
          switch (rule) {
            case ExitRule.Threshold _ -> ExitReason.EXIT_REASON_THRESHOLD;
            case ExitRule.Patience _ -> ExitReason.EXIT_REASON_PATIENCE;
            case ExitRule.FullDepth _ -> ExitReason.EXIT_REASON_LAST_EXIT;
          };
    };
  }
}
