package dev.offramp.trainer.study;

import dev.offramp.trainer.TrainingListener;
import java.util.List;
import java.util.Optional;

/** Passes on what it hears, and remembers what the last epoch advised. */
final class LastAdvice implements TrainingListener {
  private final TrainingListener listener;
  private Optional<String> last = Optional.empty();

  LastAdvice(TrainingListener listener) {
    this.listener = listener;
  }

  List<String> advice() {
    return last.stream().toList();
  }

  @Override
  public void started(Started event) {
    listener.started(event);
  }

  @Override
  public void stepped(Stepped event) {
    listener.stepped(event);
  }

  @Override
  public void epochEnded(EpochEnded event) {
    last = event.advice();
    listener.epochEnded(event);
  }
}
