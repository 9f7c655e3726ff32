package dev.offramp.server.rpc;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.server.refusal.Refusal;
import io.grpc.MethodDescriptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

/** Services of calls with one request and one answer, which is made while the caller waits. */
final class Unary {

  /** A service of these methods, with its own descriptor; requests are read by {@link Incoming}. */
  static ServerServiceDefinition service(
      ServiceDescriptor generated, List<ServerMethodDefinition<?, ?>> methods) {
    var descriptor =
        ServiceDescriptor.newBuilder(generated.getName())
            .setSchemaDescriptor(generated.getSchemaDescriptor());
    methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
    var service = ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(service::addMethod);
    return service.build();
  }

  /** A method whose handler runs on the server's executor. */
  static <Q extends MessageLite, A> ServerMethodDefinition<Incoming<Q>, A> method(
      MethodDescriptor<Q, A> generated, Parser<Q> parser, Function<Q, A> handler) {
    return method(generated, parser, Runnable::run, "calls", handler);
  }

  /**
   * A method.
   *
   * @param what what the executor does, for callers that it has no room for
   */
  static <Q extends MessageLite, A> ServerMethodDefinition<Incoming<Q>, A> method(
      MethodDescriptor<Q, A> generated,
      Parser<Q> parser,
      Executor executor,
      String what,
      Function<Q, A> handler) {
    return ServerMethodDefinition.create(
        generated.toBuilder(Incoming.marshaller(parser), generated.getResponseMarshaller()).build(),
        ServerCalls.asyncUnaryCall((request, observer) -> {
          // With a handler, answering a call that was cancelled does nothing.
          ((ServerCallStreamObserver<A>) observer).setOnCancelHandler(() -> {});
          try {
            executor.execute(() -> answer(request, observer, handler));
          } catch (RejectedExecutionException e) {
            observer.onError(
                Statuses.of(
                    Refusal.of(
                        Refusal.Cause.CALLS,
                        "too many " + what + " wait already (try again later)")));
          }
        }));
  }

  private static <Q, A> void answer(
      Incoming<Q> request, StreamObserver<A> observer, Function<Q, A> handler) {
    A response;
    try {
      response = handler.apply(request.message());
    } catch (ModelFormatException e) {
      observer.onError(Statuses.of(Refusal.precondition(String.valueOf(e.getMessage()))));
      return;
    } catch (RuntimeException | Error e) {
      observer.onError(Statuses.of(e));
      return;
    }
    observer.onNext(response);
    observer.onCompleted();
  }

  /** A field's value; refused if it is not given. */
  static String required(String field, String value) {
    if (value.isEmpty()) {
      throw Refusal.invalid(field + ": not given (expected: a " + field + ")");
    }
    return value;
  }

  private Unary() {}
}
