package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.text.EncodedText;
import dev.offramp.trainer.data.DataFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pre-training learns, resumes to the same bits, and gives a start that training takes. */
final class PretrainerTest {
  private static final long SEED = 17;

  @TempDir private Path directory;

  @Test
  void train_ofSmallLanguage_guessesMoreAndMoreAndStartsTraining() {
    var guessed = new ArrayList<Double>();
    PretrainerSettings settings = settings("start", 20);
    Pretrainer.Result result =
        Pretrainer.train(
            settings,
            new TrainingListener() {
              @Override
              public void epochEnded(EpochEnded event) {
                guessed.add(event.devAccuracy().orElseThrow().getFirst());
              }
            });
    System.out.println("seed 3, hidden words guessed: " + guessed);
    assertThat(guessed).hasSize(20);
    assertThat(result.guessed()).contains(guessed.getLast());
    assertThat(guessed.getLast()).isGreaterThan(guessed.getFirst() + 0.15);

    Checkpoint start = Checkpoint.readPartial(result.checkpoint());
    assertThat(start.missing())
        .allMatch(name -> name.contains("classifier") || name.contains("pooler"));
    TrainerSettings training = TinyData.settings(directory, "tuned");
    var from =
        new TrainerSettings(
            training.data(),
            training.out(),
            new TrainerSettings.Network(Optional.of(settings.out()), 9, 8, 1, 8, 90, 24),
            training.schedule(),
            training.regularization(),
            training.objective(),
            training.cosee(),
            training.distillation(),
            training.seed(),
            1,
            training.saveEvery());
    Trainer.train(from, TrainingListener.none());
    assertThat(Checkpoint.read(training.out()).config().layers()).isEqualTo(3);
  }

  @Test
  void train_albert_guessesMoreAndMoreWithOneLayer() {
    var network =
        new TrainerSettings.Network(Optional.empty(), 3, 16, 2, 32, 90, 24, Optional.of(12));
    var guessed = new ArrayList<Double>();
    Pretrainer.Result result =
        Pretrainer.train(
            settings("albert", 40, network),
            new TrainingListener() {
              @Override
              public void epochEnded(EpochEnded event) {
                guessed.add(event.devAccuracy().orElseThrow().getFirst());
              }
            });
    System.out.println("seed 3, hidden words an ALBERT guessed: " + guessed);
    assertThat(guessed.getLast()).isGreaterThan(guessed.getFirst() + 0.15);
    Checkpoint start = Checkpoint.readPartial(result.checkpoint());
    assertThat(start.config().embeddingSize()).isEqualTo(12);
    assertThat(start.tensors()).hasSize(5 + 2 + 16);
  }

  @Test
  void train_stoppedAndStartedAgain_endsAtTheSameWeights() {
    Pretrainer.train(settings("unbroken", 3), TrainingListener.none());
    PretrainerSettings settings = settings("broken", 3);
    assertThatThrownBy(() -> Pretrainer.train(settings, TinyData.stoppingAfter(7)))
        .isInstanceOf(TrainingInterruptedException.class);
    Pretrainer.train(settings, TrainingListener.none());
    Checkpoint unbroken = Checkpoint.readPartial(directory.resolve("unbroken"));
    Checkpoint broken = Checkpoint.readPartial(directory.resolve("broken"));
    unbroken
        .tensors()
        .forEach((name, tensor) ->
            assertThat(broken.tensor(name).values()).as(name).isEqualTo(tensor.values()));
  }

  @Test
  void of_manyTexts_hidesTheShareThatIsAskedForAndNoSpecialToken() {
    System.out.println("seed " + SEED);
    var random = new SplittableRandom(SEED);
    var texts = new ArrayList<EncodedText>();
    int words = 0;
    for (int i = 0; i < 500; i++) {
      int length = 2 + random.nextInt(38);
      int[] ids = random.ints(length, 5, 90).toArray();
      ids[0] = 2;
      ids[length - 1] = 3;
      texts.add(EncodedText.of(ids));
      words += length - 2;
    }
    MaskedWords masked = MaskedWords.of(texts, 0.15, 4, 90, random);
    int longest = texts.stream().mapToInt(EncodedText::length).max().orElseThrow();
    int hidden = 0;
    for (int k = 0; k < masked.places().length; k++) {
      int row = masked.places()[k] / longest;
      int t = masked.places()[k] % longest;
      assertThat(t).isBetween(1, texts.get(row).length() - 2);
      assertThat(masked.words()[k]).isEqualTo(texts.get(row).id(t));
      hidden += masked.texts().get(row).id(t) == 4 ? 1 : 0;
    }
    // At least one a text adds to the 15 percent of short texts.
    assertThat((double) masked.places().length / words).isBetween(0.15, 0.21);
    assertThat((double) hidden / masked.places().length).isCloseTo(0.8, within(0.05));
    for (int row = 0; row < texts.size(); row++) {
      EncodedText text = masked.texts().get(row);
      assertThat(text.id(0)).isEqualTo(texts.get(row).id(0));
      assertThat(text.id(text.length() - 1)).isEqualTo(texts.get(row).id(text.length() - 1));
    }
  }

  @Test
  void of_pairs_leavesWhatSeparatesThem() {
    System.out.println("seed " + SEED);
    var random = new SplittableRandom(SEED);
    var texts = new ArrayList<EncodedText>();
    for (int i = 0; i < 300; i++) {
      // As BERT has it, then as RoBERTa has it; the shortest have no word at all.
      int[] first = random.ints(random.nextInt(6), 5, 90).toArray();
      int[] second = random.ints(random.nextInt(6), 5, 90).toArray();
      int[] separator = i % 2 == 0 ? new int[] {3} : new int[] {3, 3};
      texts.add(
          EncodedText.of(
              Stream.of(new int[] {2}, first, separator, second, new int[] {3})
                  .flatMapToInt(Arrays::stream)
                  .toArray()));
    }
    List<EncodedText> masked = MaskedWords.of(texts, 0.9, 4, 90, random).texts();
    var dropout = new WordDropout(1, 4);
    for (int row = 0; row < texts.size(); row++) {
      EncodedText text = texts.get(row);
      EncodedText dropped = dropout.apply(text, random);
      for (int i = 0; i < text.length(); i++) {
        if (text.id(i) < 4) {
          assertThat(masked.get(row).id(i)).isEqualTo(text.id(i));
          assertThat(dropped.id(i)).isEqualTo(text.id(i));
        } else {
          assertThat(dropped.id(i)).isEqualTo(4);
        }
      }
    }
  }

  private PretrainerSettings settings(String out, int epochs) {
    return settings(
        out, epochs, new TrainerSettings.Network(Optional.empty(), 3, 16, 2, 32, 90, 24));
  }

  private PretrainerSettings settings(String out, int epochs, TrainerSettings.Network network) {
    Path train = TinyData.write(directory.resolve("texts.tsv"), 160, 1);
    Path dev = TinyData.write(directory.resolve("devtexts.tsv"), 60, 2);
    return new PretrainerSettings(
        List.of(train, train),
        DataFormat.AUTO,
        Optional.of(dev),
        directory.resolve(out),
        network,
        new TrainerSettings.Schedule(epochs, 16, 1e-2, 0.1, 0.01, 1, 0.9),
        0.15,
        0,
        3,
        2,
        Duration.ofMinutes(1));
  }
}
