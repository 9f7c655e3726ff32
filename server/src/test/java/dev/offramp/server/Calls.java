package dev.offramp.server;

import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.InferenceServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** A client of a server on this machine that sends whatever a test wants, valid or not. */
final class Calls implements AutoCloseable {

  private static final MethodDescriptor.Marshaller<byte[]> RAW =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private final ManagedChannel channel;

  Calls(int port) {
    channel = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
  }

  ManagedChannel channel() {
    return channel;
  }

  InferenceServiceGrpc.InferenceServiceBlockingStub stub() {
    return InferenceServiceGrpc.newBlockingStub(channel);
  }

  InferenceServiceGrpc.InferenceServiceFutureStub async() {
    return InferenceServiceGrpc.newFutureStub(channel);
  }

  ClassifyResponse classify(ClassifyRequest.Builder request) {
    return stub().classify(request.build());
  }

  /** The status of a request that must fail. */
  Status statusOf(ClassifyRequest.Builder request) {
    return statusOf(request.build().toByteArray());
  }

  /** The status of bytes that must fail. */
  Status statusOf(byte[] request) {
    MethodDescriptor<byte[], ClassifyResponse> method =
        InferenceServiceGrpc.getClassifyMethod().toBuilder(
                RAW, InferenceServiceGrpc.getClassifyMethod().getResponseMarshaller())
            .build();
    try {
      ClassifyResponse response =
          ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, request);
      throw new AssertionError("answered: " + response);
    } catch (StatusRuntimeException e) {
      return e.getStatus();
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
