package dev.offramp.client;

import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.ExperimentServiceGrpc;
import dev.offramp.v1.InferenceServiceGrpc;
import dev.offramp.v1.ListModelsRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ManagedChannelProvider.ProviderNotFoundException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection to Offramp servers that classifies texts.
 *
 * <pre>{@code
 * try (var offramp = OfframpClient.connect("localhost:7070")) {
 *   Answer answer = offramp.classify("an utterly charming film", Tier.of("x3"));
 *   log.info("{} at depth {}", answer.label(), answer.exitDepth());
 * }
 * }</pre>
 *
 * <p>Connecting is lazy: the first call connects, and connections that are lost come back by
 * themselves; a server that is gone without a word is noticed within some forty seconds. Where the
 * target is a DNS name, calls go round-robin over all its addresses, which are looked up anew every
 * ten minutes. A call that no server took ({@code UNAVAILABLE}) is tried four times at most, over
 * about a third of a second and within its deadline; nothing else is.
 *
 * <p>Threading: safe for use by any number of threads, and meant to be shared.
 *
 * <p>Ownership: {@link #close()} ends the connections; a client made by {@link #over} leaves its
 * channel open.
 *
 * <p>Errors: every failed call throws a subclass of {@link OfframpException}.
 */
public final class OfframpClient implements AutoCloseable {

  private static final Duration DEFAULT_DEADLINE = Duration.ofSeconds(10);
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
  private static final Duration PING = Duration.ofSeconds(30);
  private static final Duration PING_LIMIT = Duration.ofSeconds(10);

  /** Retries where no server did any work. An outcome that is reported again counts once. */
  private static final Map<String, ?> SERVICE_CONFIG =
      Map.of(
          "methodConfig",
          List.of(
              Map.of(
                  "name",
                  List.of(
                      Map.of("service", InferenceServiceGrpc.SERVICE_NAME),
                      Map.of(
                          "service",
                          ExperimentServiceGrpc.SERVICE_NAME,
                          "method",
                          "ReportOutcome")),
                  "retryPolicy",
                  Map.of(
                      "maxAttempts",
                      4.0,
                      "initialBackoff",
                      "0.05s",
                      "maxBackoff",
                      "1s",
                      "backoffMultiplier",
                      2.0,
                      "retryableStatusCodes",
                      List.of("UNAVAILABLE")))));

  private final Channel channel;
  private final String target;
  private final @Nullable ManagedChannel owned;
  private final Duration defaultDeadline;

  private OfframpClient(
      Channel channel, String target, @Nullable ManagedChannel owned, Duration defaultDeadline) {
    this.channel = channel;
    this.target = target;
    this.owned = owned;
    this.defaultDeadline = defaultDeadline;
  }

  /**
   * Connects without encryption, with all defaults.
   *
   * @param target {@code host:port}, or any target that gRPC resolves
   */
  public static OfframpClient connect(String target) {
    return builder(target).build();
  }

  /** Starts a client of this target. */
  public static Builder builder(String target) {
    return new Builder(target);
  }

  /**
   * Makes a client over a channel that the caller configured and will shut down, with the default
   * deadline.
   */
  public static OfframpClient over(Channel channel) {
    return new OfframpClient(channel, channel.authority(), null, DEFAULT_DEADLINE);
  }

  /** Classifies a text with every layer of the server's only model. */
  public Answer classify(String text) {
    return classify(Query.of(text));
  }

  /** Classifies a text at a tier, or by a rule, of the server's only model. */
  public Answer classify(String text, Exit exit) {
    return classify(Query.of(text).withExit(exit));
  }

  /**
   * Classifies and waits for the answer. Interrupting the calling thread cancels the call.
   *
   * @throws OfframpException when there is no answer
   */
  public Answer classify(Query query) {
    ClassifyRequest request = Wire.request(query);
    Duration deadline = deadline(query);
    try {
      return Wire.answer(
          ClientCalls.blockingUnaryCall(
              channel, InferenceServiceGrpc.getClassifyMethod(), options(deadline), request));
    } catch (StatusRuntimeException e) {
      throw OfframpException.of(e, target, deadline);
    }
  }

  /** Classifies a text at a tier, or by a rule, without waiting. */
  public CompletableFuture<Answer> classifyAsync(String text, Exit exit) {
    return classifyAsync(Query.of(text).withExit(exit));
  }

  /**
   * Classifies without waiting. Cancelling the future, or completing it early in any other way,
   * cancels the call, and the server runs no further layer for it.
   *
   * @return completes with the answer, or exceptionally with an {@link OfframpException}
   */
  public CompletableFuture<Answer> classifyAsync(Query query) {
    ClassifyRequest request = Wire.request(query);
    Duration deadline = deadline(query);
    ClientCall<ClassifyRequest, ClassifyResponse> call =
        channel.newCall(InferenceServiceGrpc.getClassifyMethod(), options(deadline));
    var answer = new CompletableFuture<Answer>();
    ClientCalls.asyncUnaryCall(
        call,
        request,
        new StreamObserver<>() {
          @Override
          public void onNext(ClassifyResponse response) {
            answer.complete(Wire.answer(response));
          }

          @Override
          public void onError(Throwable failure) {
            answer.completeExceptionally(OfframpException.of(failure, target, deadline));
          }

          @Override
          public void onCompleted() {
            if (!answer.isDone()) { // As something between here and the server may do.
              Status none = Status.INTERNAL.withDescription("the call ended without an answer");
              onError(none.asRuntimeException());
            }
          }
        });
    // Cancelling a call that is over does nothing: this is for futures that end before their call.
    var _ =
        answer.whenComplete((result, failure) -> call.cancel("the caller needs no answer", null));
    return answer;
  }

  /**
   * Lists the models that the server answers for, with their tiers and curves.
   *
   * @throws OfframpException when there is no answer
   */
  public List<ModelInfo> models() {
    try {
      return ClientCalls.blockingUnaryCall(
              channel,
              InferenceServiceGrpc.getListModelsMethod(),
              options(defaultDeadline),
              ListModelsRequest.getDefaultInstance())
          .getModelsList()
          .stream()
          .map(Wire::model)
          .toList();
    } catch (StatusRuntimeException e) {
      throw OfframpException.of(e, target, defaultDeadline);
    }
  }

  /**
   * Reports what became of a unit or a request, for the experiments that it took part in. Once this
   * returns it will be counted. May be called again with the same outcome, which counts once. The
   * outcome of a request that took part in none, and got no id, is nobody's and is not sent.
   *
   * @throws OfframpException when it was not taken
   */
  public void reportOutcome(Outcome outcome) {
    if (outcome.subject() instanceof Outcome.Subject.Request(String id) && id.isEmpty()) {
      return;
    }
    try {
      var _ =
          ClientCalls.blockingUnaryCall(
              channel,
              ExperimentServiceGrpc.getReportOutcomeMethod(),
              options(defaultDeadline),
              Wire.request(outcome));
    } catch (StatusRuntimeException e) {
      throw OfframpException.of(e, target, defaultDeadline);
    }
  }

  /**
   * Ends the connections: calls in flight may finish within a few seconds, then they are cancelled.
   */
  @Override
  public void close() {
    if (owned == null) {
      return;
    }
    owned.shutdown();
    try {
      if (!owned.awaitTermination(CLOSE_LIMIT.toNanos(), TimeUnit.NANOSECONDS)) {
        owned.shutdownNow();
      }
    } catch (InterruptedException e) {
      owned.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private Duration deadline(Query query) {
    Duration deadline = query.deadline();
    return deadline == null ? defaultDeadline : deadline;
  }

  private static CallOptions options(Duration deadline) {
    return CallOptions.DEFAULT.withDeadlineAfter(deadline);
  }

  /** Settings of a client. */
  public static final class Builder {

    private final String target;
    private ChannelCredentials credentials = InsecureChannelCredentials.create();
    private Duration defaultDeadline = DEFAULT_DEADLINE;
    private @Nullable Executor executor;

    private Builder(String target) {
      this.target = target;
    }

    /** How to authenticate and encrypt, such as by TLS. Default: not at all. */
    public Builder credentials(ChannelCredentials credentials) {
      this.credentials = credentials;
      return this;
    }

    /**
     * Where the futures of asynchronous calls complete, and what hangs on them runs unless it names
     * an executor itself. {@code Runnable::run} takes the connection's own thread, which is the
     * fastest and must never wait. Default: a pool that gRPC's channels share.
     */
    public Builder executor(Executor executor) {
      this.executor = executor;
      return this;
    }

    /** The deadline of calls that name none. Default: 10 seconds. */
    public Builder defaultDeadline(Duration deadline) {
      if (!deadline.isPositive()) {
        throw new IllegalArgumentException("deadline: " + deadline + " (expected: > 0)");
      }
      this.defaultDeadline = deadline;
      return this;
    }

    /**
     * Makes the client. No connection is made before the first call.
     *
     * @throws IllegalArgumentException if the target is none that gRPC resolves
     */
    public OfframpClient build() {
      try {
        ManagedChannelBuilder<?> builder =
            Grpc.newChannelBuilder(target, credentials)
                .defaultLoadBalancingPolicy("round_robin")
                .defaultServiceConfig(SERVICE_CONFIG)
                .keepAliveTime(PING.toSeconds(), TimeUnit.SECONDS)
                .keepAliveTimeout(PING_LIMIT.toSeconds(), TimeUnit.SECONDS)
                .enableRetry();
        if (executor != null) {
          builder.executor(executor);
        }
        ManagedChannel channel = builder.build();
        return new OfframpClient(channel, target, channel, defaultDeadline);
      } catch (IllegalArgumentException | ProviderNotFoundException e) {
        throw new IllegalArgumentException(
            "target: '" + target + "' (expected: host:port, or a target that gRPC resolves)", e);
      }
    }
  }
}
