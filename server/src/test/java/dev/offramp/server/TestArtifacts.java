package dev.offramp.server;

import dev.offramp.model.artifact.ArtifactWriter;
import dev.offramp.model.artifact.Device;
import dev.offramp.model.artifact.Manifest;
import dev.offramp.model.artifact.Precision;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.model.checkpoint.Checkpoint;
import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.TinyVocabulary;
import dev.offramp.model.tier.Certificate;
import dev.offramp.model.tier.Curve;
import dev.offramp.model.tier.CurvePoint;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import dev.offramp.server.engine.BackendFactory;
import dev.offramp.server.engine.ReferenceBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Artifacts of a random model of {@link TinyVocabulary}, whose kernels and weights are
 * placeholders: they are for backends that do not read them.
 */
public final class TestArtifacts {

  /** The random model's shape: 4 layers, 3 classes, 64 positions, 97 embeddings, 2 types. */
  public static final ModelConfig CONFIG = RandomModels.config(4, 16, 2, 32, 3);

  /** The random model. */
  public static final Checkpoint CHECKPOINT = RandomModels.checkpoint(CONFIG, new Random(7));

  /** Runs the random model, whatever the artifact. */
  public static final BackendFactory REFERENCE = (_, _) -> new ReferenceBackend(CHECKPOINT);

  /** About version 1 in float32. */
  public static final Certificate CERTIFICATE =
      new Certificate(
          0.1,
          0.05,
          800,
          Certificate.DISAGREEMENT,
          0.08,
          "a".repeat(64),
          "1".repeat(64),
          Precision.FLOAT32.id());

  /** Those of all artifacts written here. */
  public static final Tiers TIERS =
      new Tiers(
          null,
          List.of(
              new Tier("x2", new ExitRule.Threshold(ExitSignal.ENERGY, 0.25), 2.1, 0.97),
              new Tier("x3", new ExitRule.Patience(1), 3.2, 0.9),
              new Tier(
                  "risk0.1",
                  new ExitRule.Threshold(ExitSignal.ENERGY, 0.5),
                  3.5,
                  0.95,
                  Optional.of(CERTIFICATE))),
          List.of(
              new Curve(
                  ExitSignal.ENERGY,
                  1,
                  "accuracy",
                  List.of(new CurvePoint(0.25, 0.9, 0.97, 1.9, 2.1)))));

  /** A target that every host can run. */
  public static TargetEntry target(String id, String... requires) {
    return target(id, Precision.FLOAT32, requires);
  }

  /** A target of some precision. */
  public static TargetEntry target(String id, Precision precision, String... requires) {
    return new TargetEntry(
        id,
        Device.CPU,
        "x86_64-pc-linux-gnu",
        "x86-64",
        List.of(requires),
        precision,
        "targets/" + id + "/kernels.so",
        "weights/float32.safetensors",
        8,
        "none");
  }

  /** Writes an artifact with one target that every host can run. */
  public static Path write(Path directory, String name, String version) {
    return write(directory, name, version, List.of(target("plain")));
  }

  /** Writes an artifact. */
  public static Path write(Path directory, String name, String version, List<TargetEntry> targets) {
    return write(directory, name, version, targets, TIERS);
  }

  /** Writes an artifact of the same name and version whose tier x3 is another one. */
  public static Path writeCalibratedAnew(Path directory, String name, String version) {
    List<Tier> tiers =
        TIERS.tiers().stream()
            .map(tier ->
                tier.name().equals("x3") ? new Tier("x3", new ExitRule.Patience(2), 3, 0.9) : tier)
            .toList();
    return write(
        directory, name, version, List.of(target("plain")), new Tiers(null, tiers, TIERS.curves()));
  }

  /** Writes an artifact that takes 8 positions and no more tokens than {@link TinyVocabulary}. */
  public static Path writeNarrow(Path directory, String name, String version) {
    var config =
        new ModelConfig(
            CONFIG.layers(),
            CONFIG.hiddenSize(),
            CONFIG.heads(),
            CONFIG.intermediateSize(),
            TinyVocabulary.PIECES.size(),
            8,
            CONFIG.typeVocabSize(),
            CONFIG.layerNormEpsilon(),
            CONFIG.labels());
    return write(directory, new Manifest(name, version, config, TIERS, List.of(target("plain"))));
  }

  private static Path write(
      Path directory, String name, String version, List<TargetEntry> targets, Tiers tiers) {
    return write(directory, new Manifest(name, version, CONFIG, tiers, targets));
  }

  private static Path write(Path directory, Manifest manifest) {
    try (var writer = ArtifactWriter.create(directory)) {
      writer.copyTokenizer(TinyVocabulary.write(Files.createTempDirectory("vocabulary")));
      for (TargetEntry target : manifest.targets()) {
        Files.writeString(writer.file(target.kernels()), "no kernels: " + target.id());
        Files.writeString(writer.file(target.weights()), "no weights");
      }
      writer.seal(manifest);
      return writer.finish().directory();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TestArtifacts() {}
}
