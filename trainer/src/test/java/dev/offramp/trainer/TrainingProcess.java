package dev.offramp.trainer;

import java.nio.file.Path;

/** A process of its own that trains on {@link TinyData} and prints every step's number. */
final class TrainingProcess {
  private TrainingProcess() {}

  public static void main(String[] arguments) {
    Trainer.train(
        TinyData.savingEveryStep(Path.of(arguments[0]), arguments[1]),
        new TrainingListener() {
          @Override
          public void stepped(Stepped event) {
            System.out.println(event.step());
          }
        });
  }
}
