package dev.offramp.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offramp.model.exit.ExitRule;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

final class EndsTest {
  private static final DepartureListener LISTENER = _ -> {};

  private final List<String> heard = new ArrayList<>();
  private final List<Runnable> tasks = new ArrayList<>();
  private final Ends ends = new Ends();

  @Test
  void tell_callersOfOneExecutor_areOneTask() {
    Caller first = caller(tasks::add);
    ends.add(first, () -> heard.add("first"));
    ends.add(caller(first.executor()), () -> heard.add("second"));
    ends.tell();

    assertThat(heard).isEmpty();
    assertThat(tasks).hasSize(1);
    tasks.getFirst().run();
    assertThat(heard).containsExactly("first", "second");
  }

  @Test
  void tell_again_tellsNobodyTwice() {
    ends.add(caller(Caller.WORKER), () -> heard.add("once"));
    ends.keep(() -> heard.add("kept"));
    ends.tell();
    ends.tell();

    assertThat(heard).containsExactly("kept", "once");
  }

  @Test
  void tell_executorThatRefuses_tellsAllTheSame() {
    ends.add(
        caller(_ -> {
          throw new RejectedExecutionException("closed");
        }),
        () -> heard.add("told"));
    ends.tell();

    assertThat(heard).containsExactly("told");
  }

  @Test
  void tell_oneThatThrows_takesNoneWithIt() {
    ends.add(
        caller(Caller.WORKER),
        () -> {
          throw new IllegalStateException("injected");
        });
    ends.add(caller(Caller.WORKER), () -> heard.add("next"));
    ends.tell();

    assertThat(heard).containsExactly("next");
  }

  private static Caller caller(Executor executor) {
    return new Caller(ExitRule.fullDepth(), Caller.NO_DEADLINE, LISTENER, executor);
  }
}
