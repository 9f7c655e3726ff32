package dev.offramp.server.rpc;

import dev.offramp.v1.InferenceServiceGrpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/*
 * What Classify does before it hands a text to the engine takes some microseconds, about as long as
 * handing the call to another thread does. So it runs where the call arrives, on the connection's
 * event loop, unless the text is long. All other methods may read files or wait for a database, and
 * must not: an event loop that waits keeps all calls of its connections waiting.
 */

/**
 * Which thread a call runs on: Classify's on the transport's, for a server whose executor is the
 * direct one; all others on an executor.
 *
 * <p>Threading: safe for all threads.
 *
 * @param others runs what may wait
 */
public record CallExecutors(Executor others) implements ServerCallExecutorSupplier {

  private static final String CLASSIFY =
      InferenceServiceGrpc.getClassifyMethod().getFullMethodName();

  @Override
  public <Q, A> @Nullable Executor getExecutor(ServerCall<Q, A> call, Metadata headers) {
    return call.getMethodDescriptor().getFullMethodName().equals(CLASSIFY) ? null : others;
  }
}
