package dev.offramp.cli;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.Exit;
import dev.offramp.model.exit.Trace;
import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.LayerKernels;
import dev.offramp.server.natives.TvmRuntime;
import dev.offramp.server.registry.Host;
import dev.offramp.trainer.Evaluation;
import dev.offramp.trainer.EvaluationTexts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;

/**
 * What each precision of an artifact makes of the tiers: its kernels run over the same texts as the
 * checkpoint, and the same rules are asked.
 */
final class PrecisionReport {
  private static final int BATCH_TEXTS = 32;

  private PrecisionReport() {}

  /**
   * One target at one tier.
   *
   * @param accuracy by the texts' labels, null where there are none
   * @param agreement share of texts that get the checkpoint's label at the same tier
   * @param sameExit share of texts that leave at the checkpoint's exit with its label
   * @param layerSpeedup of the target at the tier
   * @param furthestLogit greatest difference of any logit from the checkpoint's
   */
  record Row(
      String target,
      String precision,
      String tier,
      @Nullable Double accuracy,
      double agreement,
      double sameExit,
      double layerSpeedup,
      double furthestLogit) {}

  /** Opens an artifact that was compiled from a checkpoint. */
  static Artifact open(Path directory, Path checkpoint) throws IOException {
    Artifact artifact = Artifact.open(directory);
    String version = Checkpoint.version(checkpoint);
    if (!artifact.manifest().version().equals(version)) {
      throw new CommandFailedException(
          "%s: is of version %s (expected: %s, that of %s). Compile the checkpoint again."
              .formatted(directory, artifact.manifest().version(), version, checkpoint));
    }
    return artifact;
  }

  /**
   * Runs every target that this host can run.
   *
   * @param reference the checkpoint's own traces of the texts
   */
  static List<Row> measure(
      Artifact artifact, EvaluationTexts texts, Evaluation reference, Tiers tiers) {
    ModelConfig config = artifact.manifest().config();
    var rows = new ArrayList<Row>();
    try (Tokenizer tokenizer = Tokenizer.load(artifact.directory(), config.maxPositions())) {
      List<EncodedText> encoded = texts.encode(tokenizer, config);
      for (TargetEntry target : artifact.manifest().targets()) {
        if (Host.local().runs(target)) {
          var own =
              new Evaluation(
                  config, traces(artifact, target, encoded), reference.labels(), reference.cut());
          for (Tier tier : tiers.tiers()) {
            rows.add(row(target, tier, own, reference));
          }
        }
      }
    }
    return rows;
  }

  private static List<Trace> traces(
      Artifact artifact, TargetEntry target, List<EncodedText> texts) {
    ModelConfig config = artifact.manifest().config();
    int classes = config.classes();
    var traces = new ArrayList<Trace>();
    try (Backend backend = TvmRuntime.backends().open(artifact, target);
        LayerKernels kernels = backend.kernels(BATCH_TEXTS * config.maxPositions(), BATCH_TEXTS);
        ProgressBar bar = Progress.bar(target.id(), texts.size())) {
      var logits = new float[BATCH_TEXTS * classes];
      for (int from = 0; from < texts.size(); from += BATCH_TEXTS) {
        List<EncodedText> batch = texts.subList(from, Math.min(texts.size(), from + BATCH_TEXTS));
        var all = new float[batch.size()][config.layers() * classes];
        kernels.start(batch);
        for (int depth = 1; depth <= config.layers(); depth++) {
          kernels.layer(depth);
          kernels.exit(depth, logits);
          for (int s = 0; s < batch.size(); s++) {
            System.arraycopy(logits, s * classes, all[s], (depth - 1) * classes, classes);
          }
        }
        for (float[] one : all) {
          traces.add(Trace.of(config.layers(), classes, one));
        }
        bar.stepBy(batch.size());
      }
    }
    return traces;
  }

  private static Row row(TargetEntry target, Tier tier, Evaluation own, Evaluation reference) {
    int labels = 0;
    int exits = 0;
    double furthest = 0;
    int count = own.traces().size();
    for (int i = 0; i < count; i++) {
      Trace trace = own.traces().get(i);
      Trace expected = reference.traces().get(i);
      Exit left = trace.exit(tier.rule()).orElseThrow();
      Exit should = expected.exit(tier.rule()).orElseThrow();
      boolean sameLabel = trace.label(left.depth()) == expected.label(should.depth());
      labels += sameLabel ? 1 : 0;
      exits += sameLabel && left.depth() == should.depth() ? 1 : 0;
      for (int depth = 1; depth <= trace.depth(); depth++) {
        float[] a = trace.logits(depth);
        float[] b = expected.logits(depth);
        for (int c = 0; c < a.length; c++) {
          furthest = Math.max(furthest, Math.abs(a[c] - b[c]));
        }
      }
    }
    Evaluation.Outcome outcome = own.outcome(tier.rule());
    return new Row(
        target.id(),
        target.precision().id(),
        tier.name(),
        outcome.accuracy().orElse(null),
        (double) labels / count,
        (double) exits / count,
        outcome.layerSpeedup(),
        furthest);
  }

  static TextTable table(List<Row> rows) {
    var table =
        new TextTable(
            "target",
            "tier",
            "accuracy",
            "same label",
            "same exit",
            "layer speed-up",
            "logits off");
    for (Row row : rows) {
      table.row(
          row.target(),
          row.tier(),
          row.accuracy() == null ? "no labels" : EvaluateCommand.percent(row.accuracy()),
          EvaluateCommand.percent(row.agreement()),
          EvaluateCommand.percent(row.sameExit()),
          String.format(Locale.ROOT, "%.2fx", row.layerSpeedup()),
          String.format(Locale.ROOT, "%.1e", row.furthestLogit()));
    }
    return table;
  }
}
