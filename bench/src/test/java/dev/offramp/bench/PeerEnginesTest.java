package dev.offramp.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.bench.PeerEngine.Pass;
import dev.offramp.bench.workload.RandomEncoder;
import dev.offramp.bench.workload.TokenCase;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.reference.ReferenceModel;
import dev.offramp.model.text.EncodedText;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The peers answer as the plain Java reference does. */
final class PeerEnginesTest {
  private static final long SEED = 20261124;

  private static final ModelConfig CONFIG =
      new ModelConfig(3, 24, 3, 40, 31, 16, 2, 1e-12, List.of("a", "b", "c", "d", "e"));

  /** Of one length, and ragged: those that pad must not let padding be seen. */
  private static final List<TokenCase> CASES =
      List.of(
          new TokenCase(1, 1),
          new TokenCase(1, 9),
          new TokenCase(3, 7),
          new TokenCase(List.of(1, 16, 5, 9)));

  static final List<Named<BiFunction<Checkpoint, Integer, PeerEngine>>> ENGINES =
      List.of(
          Named.of(
              OnnxRuntimeEngine.NAME,
              (checkpoint, threads) -> new OnnxRuntimeEngine(checkpoint, threads, false)),
          Named.of(PyTorchEngine.NAME, PyTorchEngine::new));

  @ParameterizedTest
  @FieldSource("ENGINES")
  void logits_ofRandomTexts_areTheReferences(BiFunction<Checkpoint, Integer, PeerEngine> start) {
    Checkpoint checkpoint = RandomEncoder.checkpoint(CONFIG, new Random(SEED));
    try (PeerEngine engine = start.apply(checkpoint, 1)) {
      for (var tokens : CASES) {
        var texts = RandomEncoder.texts(tokens, CONFIG, new Random(SEED + tokens.tokens()));
        float[] expected = reference(checkpoint, texts);
        try (Pass pass = engine.prepare(texts)) {
          for (int run = 1; run <= 3; run++) {
            pass.reset();
            pass.run();
            assertThat(pass.logits())
                .as("seed %d, %s, run %d", SEED, tokens, run)
                .containsExactly(expected, within(1e-5f));
          }
        }
      }
    }
  }

  @Test
  void int8_ofOnnxRuntime_staysNearTheReference() {
    Checkpoint checkpoint = RandomEncoder.checkpoint(CONFIG, new Random(SEED));
    float furthest = 0;
    try (PeerEngine engine = new OnnxRuntimeEngine(checkpoint, 1, true)) {
      for (TokenCase tokens : CASES) {
        var texts = RandomEncoder.texts(tokens, CONFIG, new Random(SEED + tokens.tokens()));
        float[] expected = reference(checkpoint, texts);
        try (Pass pass = engine.prepare(texts)) {
          pass.run();
          float[] actual = pass.logits();
          assertThat(actual)
              .as("seed %d, %s", SEED, tokens)
              .containsExactly(expected, within(PeerComparison.INT8_TOLERANCE));
          furthest = Math.max(furthest, PeerComparison.maxDifference(actual, expected));
        }
      }
    }
    assertThat(furthest).as("float32 would be nearer: it is int8 that ran").isGreaterThan(1e-4f);
  }

  @Test
  void pyTorch_runAgainAndAgain_keepsNoArrays() {
    Checkpoint checkpoint = RandomEncoder.checkpoint(CONFIG, new Random(SEED));
    try (var engine = new PyTorchEngine(checkpoint, 1)) {
      int weights = engine.liveArrays();
      assertThat(weights).isEqualTo(12 * CONFIG.layers());
      try (var pass =
          engine.prepare(RandomEncoder.texts(new TokenCase(2, 5), CONFIG, new Random(SEED)))) {
        for (int run = 0; run < 5; run++) {
          pass.run();
          assertThat(pass.liveArrays()).as("input and output").isEqualTo(2);
        }
      }
      assertThat(engine.liveArrays()).isEqualTo(weights);
    }
  }

  private static float[] reference(Checkpoint checkpoint, List<EncodedText> texts) {
    var model = new ReferenceModel(checkpoint);
    int classes = CONFIG.classes();
    float[] logits = new float[texts.size() * classes];
    for (int s = 0; s < texts.size(); s++) {
      Trace trace = model.trace(texts.get(s));
      System.arraycopy(trace.logits(CONFIG.layers()), 0, logits, s * classes, classes);
    }
    return logits;
  }
}
