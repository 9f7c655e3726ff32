package dev.offramp.server.rpc;

import dev.offramp.server.refusal.Refusal;
import io.grpc.Metadata;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * How calls ended, by method and status, those included that no service got to see.
 *
 * <p>Threading: safe for all threads; counting waits for nobody.
 */
public final class CallCounts extends ServerStreamTracer.Factory {

  /** What calls of methods that there are not count as, whatever they were called. */
  static final String UNKNOWN = "(unknown)";

  private static final int CODES = Status.Code.values().length;

  private final Map<String, List<LongAdder>> byMethod = new LinkedHashMap<>();
  private final List<LongAdder> unknown = adders();
  private final Map<Refusal.Cause, LongAdder> byCause = new EnumMap<>(Refusal.Cause.class);

  /**
   * Calls of a method that ended so.
   *
   * @param method as gRPC calls it, {@code package.Service/Method}
   */
  public record Ended(String method, Status.Code code, long calls) {}

  /** Of these services' methods. */
  public CallCounts(List<ServerServiceDefinition> services) {
    for (ServerServiceDefinition service : services) {
      service
          .getMethods()
          .forEach(
              method -> byMethod.put(method.getMethodDescriptor().getFullMethodName(), adders()));
    }
    byMethod.put(UNKNOWN, unknown);
    for (Refusal.Cause cause : Refusal.Cause.values()) {
      byCause.put(cause, new LongAdder());
    }
  }

  private static List<LongAdder> adders() {
    return Stream.generate(LongAdder::new).limit(CODES).toList();
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    List<LongAdder> counts = byMethod.getOrDefault(method, unknown);
    return new ServerStreamTracer() {
      @Override
      public void streamClosed(Status status) {
        counts.get(status.getCode().value()).increment();
        if (status.getCause() instanceof Refusal refusal) {
          refusal
              .because()
              .ifPresent(cause -> Objects.requireNonNull(byCause.get(cause)).increment());
        }
      }
    };
  }

  /** What was counted until now, without what never happened. */
  public List<Ended> ended() {
    var ended = new ArrayList<Ended>();
    byMethod.forEach((method, counts) -> {
      for (Status.Code code : Status.Code.values()) {
        long calls = counts.get(code.value()).sum();
        if (calls > 0) {
          ended.add(new Ended(method, code, calls));
        }
      }
    });
    return ended;
  }

  /**
   * Of these, the calls that were refused though they may have been sound, by why; all causes. What
   * gRPC refuses by itself is not among them.
   */
  public Map<Refusal.Cause, Long> refused() {
    var refused = new EnumMap<Refusal.Cause, Long>(Refusal.Cause.class);
    byCause.forEach((cause, calls) -> refused.put(cause, calls.sum()));
    return refused;
  }
}
