package dev.offramp.model.artifact;

import dev.offramp.model.checkpoint.ModelConfig;
import java.util.List;

/** A {@link ModelConfig} as a manifest has it: that of a model with kernels, so of no ALBERT. */
record EncoderShape(
    int layers,
    int hiddenSize,
    int heads,
    int intermediateSize,
    int vocabSize,
    int maxPositions,
    int typeVocabSize,
    double layerNormEpsilon,
    List<String> labels) {

  static EncoderShape of(ModelConfig config) {
    if (config.sharedLayers()) {
      throw new IllegalArgumentException("config: an ALBERT (expected: a BERT)");
    }
    return new EncoderShape(
        config.layers(),
        config.hiddenSize(),
        config.heads(),
        config.intermediateSize(),
        config.vocabSize(),
        config.maxPositions(),
        config.typeVocabSize(),
        config.layerNormEpsilon(),
        config.labels());
  }

  ModelConfig config() {
    return new ModelConfig(
        layers,
        hiddenSize,
        heads,
        intermediateSize,
        vocabSize,
        maxPositions,
        typeVocabSize,
        layerNormEpsilon,
        labels);
  }
}
