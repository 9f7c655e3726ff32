package dev.offramp.cli.load;

import dev.offramp.client.Query;
import java.util.function.Consumer;

/**
 * What calls are sent to.
 *
 * <p>Threading: a run sends from one thread; replies may come on any.
 */
public interface LoadTarget {
  /**
   * Sends a call and returns without waiting for what becomes of it.
   *
   * @param done takes the reply, once
   */
  void send(Query query, Consumer<Reply> done);
}
