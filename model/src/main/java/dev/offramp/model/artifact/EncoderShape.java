package dev.offramp.model.artifact;

import dev.offramp.model.checkpoint.ModelConfig;
import java.util.List;

/** A {@link ModelConfig} as a manifest has it, but for what {@link AlbertShape} adds. */
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
