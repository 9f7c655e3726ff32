package dev.offramp.server.registry;

import dev.offramp.model.exit.Exit;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * How many requests each exit of a model answered since it was loaded, those included that the
 * cache answered.
 *
 * <p>Threading: safe for all threads; counting waits for nobody.
 */
public final class ExitCounts {

  private final List<LongAdder> byDepth;
  private final Map<Exit.Reason, LongAdder> byReason = new EnumMap<>(Exit.Reason.class);

  /** Of a model with so many layers. */
  public ExitCounts(int layers) {
    byDepth = Stream.generate(LongAdder::new).limit(layers).toList();
    for (Exit.Reason reason : Exit.Reason.values()) {
      byReason.put(reason, new LongAdder());
    }
  }

  /** Counts an answer. */
  public void count(Exit exit) {
    byDepth.get(exit.depth() - 1).increment();
    adder(exit.reason()).increment();
  }

  /** Answers by depth, from depth 1: {@code [L]}. */
  public long[] byDepth() {
    return byDepth.stream().mapToLong(LongAdder::sum).toArray();
  }

  /** Answers for this reason. */
  public long of(Exit.Reason reason) {
    return adder(reason).sum();
  }

  private LongAdder adder(Exit.Reason reason) {
    return Objects.requireNonNull(byReason.get(reason));
  }
}
