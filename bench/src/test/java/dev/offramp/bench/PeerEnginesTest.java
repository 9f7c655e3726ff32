package dev.offramp.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.offramp.bench.PeerEngine.Pass;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.reference.ReferenceModel;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The peers compute what the plain Java reference computes. */
final class PeerEnginesTest {
  private static final long SEED = 20261124;

  private static final ModelConfig CONFIG =
      new ModelConfig(2, 24, 3, 40, 8, 16, 2, 1e-12, List.of("no", "yes"));

  static final List<Named<BiFunction<Checkpoint, Integer, PeerEngine>>> ENGINES =
      List.of(
          Named.of(OnnxRuntimeEngine.NAME, OnnxRuntimeEngine::new),
          Named.of(PyTorchEngine.NAME, PyTorchEngine::new));

  @ParameterizedTest
  @FieldSource("ENGINES")
  void run_onRandomRows_givesTheReferencesRows(BiFunction<Checkpoint, Integer, PeerEngine> start) {
    Checkpoint checkpoint = RandomEncoder.checkpoint(CONFIG, new Random(SEED));
    try (PeerEngine engine = start.apply(checkpoint, 1)) {
      for (var tokens : List.of(new TokenCase(1, 1), new TokenCase(1, 9), new TokenCase(3, 7))) {
        float[] rows = RandomEncoder.rows(tokens, CONFIG, new Random(SEED + tokens.tokens()));
        try (Pass pass = engine.prepare(tokens, rows)) {
          pass.run();
          assertThat(pass.rows())
              .as("seed %d, %s", SEED, tokens)
              .containsExactly(reference(checkpoint, tokens, rows), within(1e-5f));
          pass.run();
          assertThat(pass.rows())
              .as("a second run starts from the same input")
              .containsExactly(reference(checkpoint, tokens, rows), within(1e-5f));
        }
      }
    }
  }

  private static float[] reference(Checkpoint checkpoint, TokenCase tokens, float[] rows) {
    var model = new ReferenceModel(checkpoint);
    int h = CONFIG.hiddenSize();
    float[] out = new float[rows.length];
    for (int s = 0; s < tokens.sequences(); s++) {
      double[][] x = new double[tokens.length()][h];
      int from = s * tokens.length();
      for (int t = 0; t < x.length; t++) {
        for (int i = 0; i < h; i++) {
          x[t][i] = rows[(from + t) * h + i];
        }
      }
      for (int depth = 1; depth <= CONFIG.layers(); depth++) {
        x = model.layer(x, depth);
      }
      for (int t = 0; t < x.length; t++) {
        for (int i = 0; i < h; i++) {
          out[(from + t) * h + i] = (float) x[t][i];
        }
      }
    }
    return out;
  }
}
