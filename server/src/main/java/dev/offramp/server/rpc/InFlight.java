package dev.offramp.server.rpc;

import dev.offramp.server.refusal.Refusal;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the calls of services that are under way, so that a draining server waits for them and not
 * for health watches, which never end by themselves, and so that they take no more memory than
 * there is.
 *
 * <p>Threading: safe for all threads.
 */
public final class InFlight implements ServerInterceptor {

  private final AtomicInteger calls = new AtomicInteger();

  /** Calls that have begun and whose end has not yet been told to those who serve them. */
  public int count() {
    return calls.get();
  }

  /**
   * Counts calls too, and refuses those that come while so many are under way, of whatever service.
   */
  public ServerInterceptor upTo(int most) {
    return new ServerInterceptor() {
      @Override
      public <Q, A> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (count() < most) {
          return InFlight.this.interceptCall(call, headers, next);
        }
        StatusRuntimeException refusal = Statuses.of(tooMany(most));
        call.close(
            refusal.getStatus(),
            Objects.requireNonNullElseGet(refusal.getTrailers(), Metadata::new));
        return new ServerCall.Listener<>() {};
      }
    };
  }

  private static Refusal tooMany(int most) {
    return Refusal.of(
        Refusal.Cause.CALLS,
        "%d calls are under way (expected: fewer; retry later, or elsewhere)".formatted(most),
        ClassifyCall.LEAST_RETRY);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    calls.incrementAndGet();
    ServerCall.Listener<Q> listener;
    try {
      listener = next.startCall(call, headers);
    } catch (RuntimeException | Error e) {
      calls.decrementAndGet(); // Without a listener nobody else would.
      throw e;
    }
    // gRPC ends every listener with exactly one of these two.
    return new SimpleForwardingServerCallListener<>(listener) {
      @Override
      public void onComplete() {
        try {
          super.onComplete();
        } finally {
          calls.decrementAndGet();
        }
      }

      @Override
      public void onCancel() {
        try {
          super.onCancel();
        } finally {
          calls.decrementAndGet();
        }
      }
    };
  }
}
