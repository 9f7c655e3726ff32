package dev.offramp.server.rpc;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.Trace;
import dev.offramp.server.cache.SharedTexts;
import dev.offramp.server.cache.TextKey;
import dev.offramp.server.engine.Caller;
import dev.offramp.server.engine.Departure;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.Passage;
import dev.offramp.server.engine.Priority;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.ServedModel;
import dev.offramp.server.wire.RuleMessages;
import dev.offramp.v1.CacheStatus;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.ExitReason;
import dev.offramp.v1.Timing;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One call of Classify, from its request to its answer.
 *
 * <p>Threading: {@link #start} runs on the caller's thread. The listener's methods are called once,
 * on the event loop that this was, else on a worker, perhaps before it returns.
 */
final class ClassifyCall implements Caller.Listener {

  /** Kept back of a deadline, for the answer's own way. */
  private static final long ANSWER_NANOS = Duration.ofMillis(1).toNanos();

  /** What a refused request is told to wait at least, so that retries are no load of their own. */
  static final Duration LEAST_RETRY = Duration.ofMillis(10);

  private static final Duration LEAST_TIMEOUT = Duration.ofNanos(1_000);

  /** As good as none. */
  private static final Duration MOST_TIMEOUT = Duration.ofDays(365);

  private final ClassifyRequest request;
  private final ServerCallStreamObserver<ClassifyResponse> observer;
  private final Serving serving;
  private final long arrivedNanos;
  private final Part part;
  private final ServedModel model;
  private final Priority priority;
  private final AppliedRule rule;
  private final Input input;

  /** What becomes of it unless it is offered to the engine. */
  private volatile CacheStatus cacheStatus = CacheStatus.CACHE_STATUS_COALESCED;

  private ClassifyCall(
      ClassifyRequest request,
      ServerCallStreamObserver<ClassifyResponse> observer,
      Serving serving,
      long arrivedNanos,
      Part part) {
    this.request = request;
    this.observer = observer;
    this.serving = serving;
    this.arrivedNanos = arrivedNanos;
    this.model = part.model();
    this.priority = priority(request);
    this.input = part.input();
    this.part = isKnownUnmoved(part) ? part.unmoved() : part;
    this.rule = this.part.rule();
  }

  /** Whether what was to be applied before the server was short of time costs nothing. */
  private boolean isKnownUnmoved(Part part) {
    return !request.getBypassCache()
        && part.rule()
            .unmoved()
            .filter(unmoved -> serving.texts().knows(key(), unmoved.rule()))
            .isPresent();
  }

  private TextKey key() {
    return new TextKey(model.id(), input.text());
  }

  private Duration predictedWait() {
    return serving.engine().predictedWait(priority, Flow.current());
  }

  /**
   * Answers from what is known, or hands the text to the engine, which will.
   *
   * @throws Refusal if neither is possible
   */
  static void start(
      ClassifyRequest request,
      ServerCallStreamObserver<ClassifyResponse> observer,
      Cancellation cancellation,
      Serving serving,
      long arrivedNanos) {
    long deadlineNanos = deadline(request, arrivedNanos, serving.nanoTime());
    ServedModel asked = serving.registry().hold(request.getModel(), request.getModelVersion());
    try {
      Part part = Part.of(request, asked, serving);
      try {
        new ClassifyCall(request, observer, serving, arrivedNanos, part)
            .proceed(deadlineNanos, cancellation);
      } finally {
        part.release();
      }
    } finally {
      asked.lane().release();
    }
  }

  private void proceed(long deadlineNanos, Cancellation cancellation) {
    var caller = new Caller(rule.rule(), deadlineNanos, this, serving.answering().get());
    cancellation.then(caller::abandon);
    if (observer.isCancelled()) {
      return;
    }
    Object flow = Flow.current();
    if (request.getBypassCache()) {
      cacheStatus = CacheStatus.CACHE_STATUS_BYPASS;
      requireAccepted(
          offer(new Passage(input.text(), caller, priority, flow, null, null, false)),
          deadlineNanos);
      return;
    }
    SharedTexts.Outcome outcome =
        serving.texts().answer(key(), rule.rule(), caller, priority, flow, new Computing(flow));
    switch (outcome) {
      case SharedTexts.Outcome.Known(var hit) -> {
        cacheStatus = CacheStatus.CACHE_STATUS_HIT;
        send(hit.exit(), response(hit.exit(), hit.trace(), 0, 0));
      }
      case SharedTexts.Outcome.Joined _ -> {}
      case SharedTexts.Outcome.Offered(Engine.Offer offer) -> requireAccepted(offer, deadlineNanos);
    }
  }

  /** How this call's text is computed, from where the call comes. */
  private final class Computing implements SharedTexts.Computation {
    private final Object flow;

    Computing(Object flow) {
      this.flow = flow;
    }

    @Override
    public Engine.Offer offer(Passage passage, boolean resumed) {
      cacheStatus = resumed ? CacheStatus.CACHE_STATUS_RESUMED : CacheStatus.CACHE_STATUS_MISS;
      return ClassifyCall.this.offer(passage);
    }

    @Override
    public void joined(Passage passage) {
      serving.engine().joined(model.lane(), passage, priority, flow);
    }
  }

  private Engine.Offer offer(Passage passage) {
    try {
      return serving.engine().offer(model.lane(), passage);
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
  }

  private void requireAccepted(Engine.Offer offer, long deadlineNanos) {
    if (offer == Engine.Offer.ACCEPTED) {
      return;
    }
    Duration wait = predictedWait();
    Duration retry = wait.compareTo(LEAST_RETRY) < 0 ? LEAST_RETRY : wait;
    throw switch (offer) {
      case ACCEPTED, CLOSED -> Refusal.closing();
      case FULL ->
          Refusal.of(
              Refusal.Cause.WAIT,
              "the wait would be about %d ms (expected: at most %d ms; retry later, elsewhere, or at a bolder tier)"
                  .formatted(wait.toMillis(), serving.engine().maxWait().toMillis()),
              retry);
      case CROWDED ->
          Refusal.of(
              Refusal.Cause.TEXTS,
              "more texts wait than a server keeps (retry later, or elsewhere)",
              retry);
      case LATE -> {
        double layer = model.lane().cost().nanos(input.text().length());
        yield serving.nanoTime().getAsLong() + layer > deadlineNanos
            ? Refusal.of(
                Refusal.Cause.TOO_SHORT,
                "the time for an answer is shorter than the %.3f ms that a layer takes"
                    .formatted(layer / 1e6))
            : Refusal.of(
                Refusal.Cause.LATE,
                "the wait would be about %d ms, and too little time left for the answer (retry later, elsewhere, or with more time)"
                    .formatted(wait.toMillis()),
                retry);
      }
    };
  }

  static Priority priority(ClassifyRequest request) {
    return switch (request.getPriority()) {
      case PRIORITY_HIGH -> Priority.HIGH;
      case PRIORITY_LOW -> Priority.LOW;
      case PRIORITY_UNSPECIFIED, PRIORITY_NORMAL, UNRECOGNIZED -> Priority.NORMAL;
    };
  }

  /**
   * When the answer is of no more use, on the engine's clock. Timeouts count from the arrival. What
   * gRPC says is left of its deadline is left now, and a long text may have waited for its turn.
   */
  private static long deadline(ClassifyRequest request, long arrivedNanos, LongSupplier nanoTime) {
    long left = Long.MAX_VALUE;
    Deadline deadline = Context.current().getDeadline();
    long nowNanos = nanoTime.getAsLong();
    if (deadline != null) {
      left = deadline.timeRemaining(TimeUnit.NANOSECONDS);
    }
    long timeout = request.hasTimeout() ? timeoutNanos(request) : Long.MAX_VALUE;
    if (timeout != Long.MAX_VALUE) {
      left = Math.min(left, timeout - (nowNanos - arrivedNanos));
    }
    if (left <= 0) {
      throw Refusal.of(
          Refusal.Cause.EXPIRED, "the deadline had passed before the request could be looked at");
    }
    return left == Long.MAX_VALUE
        ? Caller.NO_DEADLINE
        : nowNanos + left - Math.clamp(left / 10, 0, ANSWER_NANOS);
  }

  private static long timeoutNanos(ClassifyRequest request) {
    var timeout = request.getTimeout();
    Duration duration;
    try {
      duration = Duration.ofSeconds(timeout.getSeconds(), timeout.getNanos());
    } catch (ArithmeticException e) {
      duration = Duration.ZERO;
    }
    if (duration.compareTo(LEAST_TIMEOUT) < 0) {
      throw Refusal.invalid(
          "timeout: %d s, %d ns (expected: at least 1 microsecond)"
              .formatted(timeout.getSeconds(), timeout.getNanos()));
    }
    return duration.compareTo(MOST_TIMEOUT) > 0 ? Long.MAX_VALUE : duration.toNanos();
  }

  @Override
  public void onDeparture(Departure departure) {
    Exit exit = departure.exit();
    ClassifyResponse response;
    try {
      response =
          response(exit, departure.trace(), departure.queueNanos(), departure.computeNanos());
    } catch (RuntimeException | Error e) {
      observer.onError(Statuses.of(e)); // Nobody else would end the call.
      return;
    }
    send(exit, response);
  }

  @Override
  public void onExpired() {
    part.expired();
    observer.onError(
        Statuses.of(
            Refusal.of(
                Refusal.Cause.EXPIRED, "the time for an answer was over before the first exit")));
  }

  @Override
  public void onAbandoned() {
    // Nobody hears it, and it is counted as a call that was given up.
    observer.onError(Statuses.of(Refusal.of(Refusal.Cause.EXPIRED, "the call was given up")));
  }

  @Override
  public void onFailure(Throwable cause) {
    observer.onError(Statuses.failed(cause)); // The engine logged it, once for the batch.
  }

  /** The answer, counted. */
  private ClassifyResponse response(Exit exit, Trace trace, long queueNanos, long computeNanos) {
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
            .setAppliedTier(rule.tier())
            .setBrownedOut(rule.brownedOut())
            .setMovedBack(rule.movedBack())
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
    RuleMessages.write(rule.rule()).ifPresent(response::setExitRule);
    if (rule.rule() instanceof ExitRule.Threshold threshold) {
      response.setSignalValue(trace.signal(depth, threshold.signal(), threshold.temperature()));
    }
    long totalNanos = serving.nanoTime().getAsLong() - arrivedNanos;
    response.setTiming(
        Timing.newBuilder()
            .setTokenizeNanos(input.tokenizeNanos())
            .setQueueNanos(queueNanos)
            .setComputeNanos(computeNanos)
            .setTotalNanos(totalNanos));
    model.exits().count(exit);
    model.traffic().answered(rule.tier(), rule.brownedOut(), totalNanos);
    part.answered(exit, totalNanos, response);
    return response.build();
  }

  private void send(Exit exit, ClassifyResponse response) {
    observer.onNext(response);
    observer.onCompleted();
    if (mayBeAudited() && serving.audits().draws()) {
      serving.audits().answered(model, input.text(), part.exposure(exit));
    }
  }

  /** Calls that bypass the cache measure something, and an audit would be in it. */
  private boolean mayBeAudited() {
    return request.getExitCase() == ClassifyRequest.ExitCase.TIER && !request.getBypassCache();
  }

  private ExitReason reason(Exit exit) {
    return switch (exit.reason()) {
      case LAST_EXIT -> ExitReason.EXIT_REASON_LAST_EXIT;
      case DEADLINE -> ExitReason.EXIT_REASON_DEADLINE;
      case RULE ->
          switch (rule.rule()) {
            case ExitRule.Threshold _ -> ExitReason.EXIT_REASON_THRESHOLD;
            case ExitRule.Patience _ -> ExitReason.EXIT_REASON_PATIENCE;
            case ExitRule.FullDepth _ -> ExitReason.EXIT_REASON_LAST_EXIT;
          };
    };
  }
}
