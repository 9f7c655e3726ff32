package dev.offramp.server.rpc;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.InferenceServiceGrpc;
import dev.offramp.v1.ListModelsRequest;
import dev.offramp.v1.ListModelsResponse;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;

/**
 * {@code offramp.v1.InferenceService}.
 *
 * <p>Threading: Classify runs where its call arrives, up to the hand-over to the engine, or, for
 * long texts, on threads of their own; it holds no thread while it waits for a worker, which sends
 * the answer.
 */
public final class InferenceService {

  /**
   * A text up to so many bytes is tokenized at once: about a millisecond, should no word of it be
   * known.
   */
  private static final int SHORT_BYTES = 4096;

  private final Serving serving;
  private final LongTexts longTexts;

  /**
   * A service over these parts.
   *
   * @param longTexts runs calls with long texts
   */
  public InferenceService(Serving serving, LongTexts longTexts) {
    this.serving = serving;
    this.longTexts = longTexts;
  }

  /** The service as gRPC binds it: its own descriptor, requests read by {@link Incoming}. */
  public ServerServiceDefinition bind() {
    var classify = method(InferenceServiceGrpc.getClassifyMethod(), ClassifyRequest.parser());
    var list = method(InferenceServiceGrpc.getListModelsMethod(), ListModelsRequest.parser());
    ServiceDescriptor generated = InferenceServiceGrpc.getServiceDescriptor();
    return ServerServiceDefinition.builder(
            ServiceDescriptor.newBuilder(generated.getName())
                .setSchemaDescriptor(generated.getSchemaDescriptor())
                .addMethod(classify)
                .addMethod(list)
                .build())
        .addMethod(classify, ServerCalls.asyncUnaryCall(this::classify))
        .addMethod(list, ServerCalls.asyncUnaryCall(this::listModels))
        .build();
  }

  private static <Q extends MessageLite, A> MethodDescriptor<Incoming<Q>, A> method(
      MethodDescriptor<Q, A> generated, Parser<Q> parser) {
    return generated.toBuilder(Incoming.marshaller(parser), generated.getResponseMarshaller())
        .build();
  }

  private void classify(
      Incoming<ClassifyRequest> request, StreamObserver<ClassifyResponse> observer) {
    long arrived = serving.nanoTime().getAsLong();
    // gRPC hands the servers of unary calls nothing less.
    var answers = (ServerCallStreamObserver<ClassifyResponse>) observer;
    var cancellation = new Cancellation();
    answers.setOnCancelHandler(cancellation); // gRPC takes none later.
    Runnable start = () -> start(request, answers, cancellation, arrived);
    if (request.bytes() <= SHORT_BYTES) {
      start.run();
      return;
    }
    try {
      longTexts.run(Flow.current(), request.bytes(), Context.current().wrap(start));
    } catch (Refusal e) {
      answers.onError(Statuses.of(e));
    }
  }

  private void start(
      Incoming<ClassifyRequest> request,
      ServerCallStreamObserver<ClassifyResponse> answers,
      Cancellation cancellation,
      long arrived) {
    try {
      ClassifyCall.start(request.message(), answers, cancellation, serving, arrived);
    } catch (RuntimeException | Error e) {
      answers.onError(Statuses.of(e));
    }
  }

  private void listModels(
      Incoming<ListModelsRequest> request, StreamObserver<ListModelsResponse> observer) {
    try {
      var _ = request.message(); // Refuses what is none.
      var response = ListModelsResponse.newBuilder();
      response.addAllModels(ModelMessages.write(serving.registry().catalog(), serving.tiers()));
      observer.onNext(response.build());
      observer.onCompleted();
    } catch (RuntimeException e) {
      observer.onError(Statuses.of(e));
    }
  }
}
