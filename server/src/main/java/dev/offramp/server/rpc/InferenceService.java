package dev.offramp.server.rpc;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.InferenceServiceGrpc;
import dev.offramp.v1.ListModelsRequest;
import dev.offramp.v1.ListModelsResponse;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;

/**
 * {@code offramp.v1.InferenceService}.
 *
 * <p>Threading: a handler runs on the server's executor up to the hand-over to the engine, and
 * holds no thread while it waits for a worker, which sends the answer.
 */
public final class InferenceService {

  private final Serving serving;

  /** A service over these parts. */
  public InferenceService(Serving serving) {
    this.serving = serving;
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
    try {
      ClassifyCall.start(request.message(), answers, serving, arrived);
    } catch (RuntimeException e) {
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
