package dev.offramp.server.cache;

import dev.offramp.model.text.EncodedText;

/**
 * A text of one loading of a model: two loadings may run different kernels.
 *
 * @param modelId the loading's
 */
public record TextKey(long modelId, EncodedText text) {}
