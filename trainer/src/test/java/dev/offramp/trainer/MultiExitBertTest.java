package dev.offramp.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.text.EncodedText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultiExitBertTest {
  private static final float TOLERANCE = 5e-5f;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void logits_randomModelAndRaggedBatch_agreeWithThePlainJavaReference(long seed) {
    var random = new Random(seed);
    requireReference(
        RandomModels.checkpoint(RandomModels.config(3, 24, 3, 40, 2 + (int) seed), random),
        seed,
        random);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void logits_randomAlbert_agreeWithThePlainJavaReference(long seed) {
    var random = new Random(seed);
    requireReference(
        RandomModels.checkpoint(
            RandomModels.config(3, 24, 3, 40, 3).asAlbert(8 * (int) seed), random),
        seed,
        random);
  }

  private static void requireReference(Checkpoint checkpoint, long seed, Random random) {
    List<EncodedText> texts =
        Stream.of(1, 9, 2, 17, 64)
            .map(length -> RandomModels.text(checkpoint.config(), length, random))
            .toList();
    var reference = new ReferenceModel(checkpoint);
    try (MultiExitBert model = MultiExitBert.of(checkpoint)) {
      float[][][] logits = model.logits(texts);
      for (int n = 0; n < texts.size(); n++) {
        Trace expected = reference.trace(texts.get(n));
        for (int depth = 1; depth <= 3; depth++) {
          assertThat(logits[n][depth - 1])
              .as("seed %d, text %d, depth %d", seed, n, depth)
              .containsExactly(expected.logits(depth), within(TOLERANCE));
        }
      }
    }
  }

  @Test
  void traces_manyTexts_keepTheirOrder() {
    var random = new Random(5);
    Checkpoint checkpoint = RandomModels.checkpoint(RandomModels.config(2, 16, 2, 16, 2), random);
    List<EncodedText> texts =
        random
            .ints(150, 1, 20)
            .mapToObj(length -> RandomModels.text(checkpoint.config(), length, random))
            .toList();
    try (MultiExitBert model = MultiExitBert.of(checkpoint)) {
      List<Trace> traces = model.traces(texts);
      for (int n = 0; n < texts.size(); n++) {
        assertThat(traces.get(n).logits(2))
            .as("text %d", n)
            .containsExactly(model.logits(List.of(texts.get(n)))[0][1], within(TOLERANCE));
      }
    }
  }

  @Test
  void tensors_afterLoading_areTheCheckpointsOwn() {
    ModelConfig bert = RandomModels.config(3, 16, 2, 24, 4);
    requireOwnTensors(bert);
    requireOwnTensors(bert.asAlbert(8));
  }

  private static void requireOwnTensors(ModelConfig config) {
    Checkpoint checkpoint = RandomModels.checkpoint(config, new Random(7));
    try (var manager = PyTorch.newManager()) {
      var tensors = Parameters.of(manager, new ParameterLayout(config), checkpoint, 1).tensors();
      assertThat(tensors.keySet()).isEqualTo(checkpoint.tensors().keySet());
      tensors.forEach((name, tensor) ->
          assertThat(tensor.values()).as(name).isEqualTo(checkpoint.tensor(name).values()));
    }
  }

  @Test
  void logits_idsAndLengthsThatTheModelLacks_areRefused() {
    Checkpoint checkpoint =
        RandomModels.checkpoint(RandomModels.config(2, 16, 2, 16, 2), new Random(1));
    try (MultiExitBert model = MultiExitBert.of(checkpoint)) {
      assertThatThrownBy(() -> model.logits(List.of(EncodedText.of(97))))
          .hasMessage("token id: 97 (expected: 0 to 96)");
      assertThatThrownBy(() -> model.logits(List.of(EncodedText.of(-1))))
          .hasMessage("token id: -1 (expected: 0 to 96)");
      assertThatThrownBy(() -> model.logits(List.of(EncodedText.of(new int[65], new int[65]))))
          .hasMessage("tokens: 65 (expected: <= 64)");
      assertThatThrownBy(() -> model.logits(List.of(EncodedText.of(new int[] {1}, new int[] {2}))))
          .hasMessage("token type: 2 (expected: 0 to 1)");
    }
  }

  @Test
  void of_checkpointWithoutExits_isRefused() {
    Checkpoint whole = RandomModels.checkpoint(RandomModels.config(2, 16, 2, 16, 2), new Random(1));
    var tensors = new LinkedHashMap<>(whole.tensors());
    tensors.remove("classifier.bias");
    assertThatThrownBy(() -> MultiExitBert.of(new Checkpoint(whole.config(), tensors)))
        .hasMessageContaining("classifier.bias");
  }
}
