package dev.offramp.server.rpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.Objects;

/**
 * Tells calls' connections apart, so that they take turns: one that floods the server fills its own
 * share of the queue, and of what is set aside for long texts.
 */
public final class Flow implements ServerInterceptor {

  private static final Context.Key<Object> FLOW = Context.key("offramp-flow");
  private static final Object UNKNOWN = new Object();

  /** Where the current call comes from, equal for calls of one connection. */
  static Object current() {
    return Objects.requireNonNullElse(FLOW.get(), UNKNOWN);
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Object address = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    return address == null
        ? next.startCall(call, headers)
        : Contexts.interceptCall(Context.current().withValue(FLOW, address), call, headers, next);
  }
}
