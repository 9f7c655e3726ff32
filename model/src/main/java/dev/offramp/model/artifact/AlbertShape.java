package dev.offramp.model.artifact;

/**
 * What the manifest of an ALBERT, whose depths share a layer, has beside the {@link EncoderShape}.
 *
 * @param embeddingSize the width of an embedding {@code E}
 */
record AlbertShape(int embeddingSize) {}
