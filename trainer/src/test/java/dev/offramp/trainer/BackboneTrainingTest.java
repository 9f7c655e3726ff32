package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.reference.RobertaDirectory;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other programs' encoders become once they are trained. */
final class BackboneTrainingTest {
  private static final float TOLERANCE = 5e-5f;

  @TempDir private Path directory;

  @Test
  void train_fromARoberta_learnsExitsAndIsEvaluatedAsABert() throws IOException {
    Path roberta = Files.createDirectory(directory.resolve("roberta"));
    RobertaDirectory.write(roberta, false, new SplittableRandom(3));

    TrainerSettings settings = from(roberta, TinyData.lesson(directory, "mine"), lesson());
    Trainer.Result result = Trainer.train(settings, TrainingListener.none());

    Checkpoint trained = Checkpoint.read(settings.out());
    ModelConfig config = trained.config();
    assertThat(config.maxPositions()).isEqualTo(RobertaDirectory.POSITIONS);
    assertThat(config.typeVocabSize()).isEqualTo(1);
    assertThat(config.layerNormEpsilon()).isEqualTo(RobertaDirectory.EPSILON);
    // Two classes in balance: a model that learned nothing is right half of the time.
    assertThat(result.devAccuracy().orElseThrow().getLast()).isGreaterThan(0.8);
    Evaluation evaluation =
        Evaluator.evaluate(
            settings.out(), EvaluationTexts.read(settings.data().dev().orElseThrow()));
    assertThat(evaluation.traces()).hasSize(160);
    requireReference(trained, settings.out());
  }

  private static void requireReference(Checkpoint trained, Path directory) {
    var reference = new ReferenceModel(trained);
    try (Tokenizer tokenizer = Tokenizer.load(directory, trained.config().maxPositions());
        MultiExitBert model = MultiExitBert.of(trained)) {
      List<EncodedText> texts =
          List.of(
              tokenizer.encode("the film drags"),
              tokenizer.encode("a good film delights", "her song bores", true));
      float[][][] logits = model.logits(texts);
      for (int n = 0; n < texts.size(); n++) {
        for (int depth = 1; depth <= trained.config().layers(); depth++) {
          assertThat(logits[n][depth - 1])
              .as("text %d, depth %d", n, depth)
              .containsExactly(reference.trace(texts.get(n)).logits(depth), within(TOLERANCE));
        }
      }
    }
  }

  /* The tiny tokenizer knows few words, so the lesson is made of those. */
  private TrainerSettings.Data lesson() throws IOException {
    var random = new SplittableRandom(4);
    var train = new StringBuilder("text\tlabel\n");
    for (int i = 0; i < 160; i++) {
      train
          .append("a ".repeat(random.nextInt(3)))
          .append(i % 2 == 0 ? "good" : "bad")
          .append(" film".repeat(random.nextInt(3)))
          .append(i % 2 == 0 ? "\tpositive\n" : "\tnegative\n");
    }
    Path file = Files.writeString(directory.resolve("lesson.tsv"), train);
    return new TrainerSettings.Data(file, Optional.of(file), 0);
  }

  private static TrainerSettings from(
      Path start, TrainerSettings settings, TrainerSettings.Data data) {
    TrainerSettings.Network network = settings.network();
    return new TrainerSettings(
        data,
        settings.out(),
        new TrainerSettings.Network(
            Optional.of(start),
            network.layers(),
            network.hidden(),
            network.heads(),
            network.intermediate(),
            network.vocabulary(),
            network.maxLength()),
        settings.schedule(),
        settings.regularization(),
        settings.objective(),
        settings.cosee(),
        settings.distillation(),
        settings.seed(),
        settings.threads(),
        settings.saveEvery());
  }
}
