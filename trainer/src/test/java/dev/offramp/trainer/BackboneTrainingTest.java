package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.TensorNames;
import dev.offramp.model.reference.AlbertDirectory;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.reference.RobertaDirectory;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.TinyVocabulary;
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

  @Test
  void train_pairsFromARoberta_areOfOneType() throws IOException {
    Path roberta = Files.createDirectory(directory.resolve("roberta"));
    RobertaDirectory.write(roberta, false, new SplittableRandom(3));
    var rows = new StringBuilder();
    for (int i = 0; i < 64; i++) {
      rows.append("{\"text\": \"a film\", \"pair\": \"")
          .append(i % 2 == 0 ? "good film" : "bad")
          .append("\", \"label\": ")
          .append(i % 2)
          .append("}\n");
    }
    Path file = Files.writeString(directory.resolve("pairs.jsonl"), rows);
    var data = new TrainerSettings.Data(file, Optional.of(file), 0);

    Trainer.Result result =
        Trainer.train(
            from(roberta, TinyData.settings(directory, "mine"), data), TrainingListener.none());

    assertThat(Checkpoint.read(result.checkpoint()).config().typeVocabSize()).isEqualTo(1);
    assertThat(Evaluator.evaluate(result.checkpoint(), EvaluationTexts.read(file)).traces())
        .hasSize(64);
  }

  @Test
  void train_fromAnAlbert_keepsOneLayerForAllDepths() throws IOException {
    Path albert = Files.createDirectory(directory.resolve("albert"));
    AlbertDirectory.write(albert, "gelu_new", new SplittableRandom(3));

    TrainerSettings settings = from(albert, TinyData.lesson(directory, "mine"), lesson());
    requireAlbert(Trainer.train(settings, TrainingListener.none()), AlbertDirectory.LAYERS);
    // A word that no text holds has no gradient, so weight decay alone has moved it.
    int unseen = AlbertDirectory.EMBEDDING * TinyVocabulary.PIECES.indexOf("##watch");
    float[] start = words(Checkpoint.readPartial(albert));
    float[] end = words(Checkpoint.read(settings.out()));
    for (int i = unseen; i < unseen + AlbertDirectory.EMBEDDING; i++) {
      assertThat(end[i]).isCloseTo(start[i], withPercentage(1));
    }
    assertThat(end).isNotEqualTo(start);
  }

  @Test
  void train_albertFromNothing_keepsOneLayerForAllDepths() throws IOException {
    TrainerSettings tiny = TinyData.lesson(directory, "mine");
    TrainerSettings settings =
        with(
            tiny,
            lesson(),
            new TrainerSettings.Network(Optional.empty(), 3, 16, 2, 32, 90, 24, Optional.of(6)));

    Trainer.Result result = Trainer.train(settings, TrainingListener.none());
    requireAlbert(result, 3);
    assertThat(result.devAccuracy().orElseThrow().getLast()).isGreaterThan(0.8);
  }

  private static float[] words(Checkpoint checkpoint) {
    return checkpoint.tensor(TensorNames.WORD_EMBEDDINGS).values();
  }

  private static void requireAlbert(Trainer.Result result, int layers) {
    Checkpoint trained = Checkpoint.read(result.checkpoint());
    ModelConfig config = trained.config();
    assertThat(config.sharedLayers()).isTrue();
    assertThat(config.embeddingSize()).isEqualTo(6);
    assertThat(config.layers()).isEqualTo(layers);
    assertThat(trained.tensors()).hasSize(5 + 2 + 16 + 2 + 2 * layers);
    requireReference(trained, result.checkpoint());
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
    return with(
        settings, data, new TrainerSettings.Network(Optional.of(start), 3, 16, 2, 32, 90, 24));
  }

  private static TrainerSettings with(
      TrainerSettings settings, TrainerSettings.Data data, TrainerSettings.Network network) {
    return new TrainerSettings(
        data,
        settings.out(),
        network,
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
