package dev.offramp.model.artifact;

import dev.offramp.model.checkpoint.ModelConfig;
import dev.offramp.model.checkpoint.SafetensorsWriter;
import dev.offramp.model.checkpoint.Tensor;
import dev.offramp.model.exit.ExitRule;
import dev.offramp.model.exit.ExitSignal;
import dev.offramp.model.reference.RandomModels;
import dev.offramp.model.text.TinyVocabulary;
import dev.offramp.model.tier.Tier;
import dev.offramp.model.tier.Tiers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A small artifact with everything but kernels that run. */
final class TinyArtifact {
  static final String KERNELS = "targets/here/kernels.so";
  static final String WEIGHTS = "weights/packed.safetensors";
  static final ModelConfig CONFIG = RandomModels.config(2, 4, 1, 8, 2);

  private TinyArtifact() {}

  static TargetEntry target(String id, String kernels, String weights) {
    return new TargetEntry(
        id,
        Device.CPU,
        "x86_64-linux-gnu",
        "x86-64-v3",
        List.of("avx2"),
        Precision.FLOAT32,
        kernels,
        weights,
        6,
        "1");
  }

  static Manifest manifest(String name) {
    var x2 = new Tier("x2", new ExitRule.Threshold(ExitSignal.LABEL_SCORE, 0.5), 2, 0.9);
    return new Manifest(
        name,
        "0123456789ab",
        CONFIG,
        new Tiers(null, List.of(x2), List.of()),
        List.of(target("here", KERNELS, WEIGHTS), target("there", "targets/there/k.so", WEIGHTS)));
  }

  /** Starts an artifact at {@code directory} and writes all its files, without sealing it. */
  static ArtifactWriter start(Path directory, Path scratch) throws IOException {
    ArtifactWriter writer = ArtifactWriter.create(directory);
    writer.copyTokenizer(TinyVocabulary.write(scratch));
    Files.write(writer.file(KERNELS), new byte[] {0x7F, 'E', 'L', 'F', 1, 2, 3});
    Files.write(writer.file("targets/there/k.so"), new byte[] {0x7F, 'E', 'L', 'F', 4});
    var tensors = new LinkedHashMap<String, Tensor>();
    tensors.put(PackedNames.POOLER + ".bias", Tensor.of(new float[] {1, 2, 3, 4}, 4));
    SafetensorsWriter.write(writer.file(WEIGHTS), tensors, Map.of());
    return writer;
  }

  /** Writes a whole artifact to {@code directory}. */
  static Artifact write(Path directory, Path scratch, String name) throws IOException {
    try (ArtifactWriter writer = start(directory, scratch)) {
      writer.seal(manifest(name));
      return writer.finish();
    }
  }
}
