package dev.offramp.trainer.data;

import java.util.Optional;

/**
 * One row of a file of texts.
 *
 * @param line the number of its line, the first being 1
 * @param text the text, or the first sentence of a pair, without white space at its ends
 * @param pair the second sentence of a pair
 * @param label the class's name as the file writes it, where the file has labels
 */
public record TextRow(long line, String text, Optional<String> pair, Optional<String> label) {}
