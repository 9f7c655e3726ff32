package dev.offramp.client;

import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.ClassifyResponse;
import dev.offramp.v1.InferenceServiceGrpc;
import dev.offramp.v1.ListModelsRequest;
import dev.offramp.v1.ListModelsResponse;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** A real gRPC server on a free loopback port whose answers a test writes. */
final class FakeServer extends InferenceServiceGrpc.InferenceServiceImplBase
    implements AutoCloseable {

  private final BiConsumer<ClassifyRequest, StreamObserver<ClassifyResponse>> classify;
  private final ListModelsResponse models;
  private final Server server;
  final AtomicInteger calls = new AtomicInteger();
  final CountDownLatch received = new CountDownLatch(1);
  final CountDownLatch cancelled = new CountDownLatch(1);

  FakeServer(BiConsumer<ClassifyRequest, StreamObserver<ClassifyResponse>> classify) {
    this(classify, ListModelsResponse.getDefaultInstance());
  }

  FakeServer(
      BiConsumer<ClassifyRequest, StreamObserver<ClassifyResponse>> classify,
      ListModelsResponse models) {
    this.classify = classify;
    this.models = models;
    try {
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .addService(this)
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String target() {
    return "localhost:" + server.getPort();
  }

  @Override
  public void classify(ClassifyRequest request, StreamObserver<ClassifyResponse> observer) {
    calls.incrementAndGet();
    ((ServerCallStreamObserver<ClassifyResponse>) observer)
        .setOnCancelHandler(cancelled::countDown);
    received.countDown();
    classify.accept(request, observer);
  }

  @Override
  public void listModels(ListModelsRequest request, StreamObserver<ListModelsResponse> observer) {
    observer.onNext(models);
    observer.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
