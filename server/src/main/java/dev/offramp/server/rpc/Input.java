package dev.offramp.server.rpc;

import dev.offramp.model.text.EncodedText;
import dev.offramp.model.text.TextTooLongException;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.server.refusal.Refusal;
import dev.offramp.server.registry.ServedModel;
import dev.offramp.v1.ClassifyRequest;
import dev.offramp.v1.TokenIds;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a request wants classified, as tokens.
 *
 * @param truncated whether it was cut to fit the model
 * @param tokenizeNanos what that took
 */
record Input(EncodedText text, boolean truncated, long tokenizeNanos) {

  /**
   * Tokenizes a request's input for a model.
   *
   * @throws Refusal if there is none, it is empty, or it does not fit
   */
  static Input of(ClassifyRequest request, ServedModel model, LongSupplier nanoTime) {
    long before = nanoTime.getAsLong();
    Input input = of(request, model);
    return new Input(input.text, input.truncated, nanoTime.getAsLong() - before);
  }

  private static Input of(ClassifyRequest request, ServedModel model) {
    try {
      return switch (request.getInputCase()) {
        case TEXT -> encode(model, request.getText(), null, request.getTruncate());
        case TEXT_PAIR ->
            encode(
                model,
                request.getTextPair().getFirst(),
                request.getTextPair().getSecond(),
                request.getTruncate());
        case TOKEN_IDS -> new Input(tokens(request.getTokenIds()), false, 0);
        case INPUT_NOT_SET ->
            throw Refusal.invalid("input: not given (expected: text, text_pair or token_ids)");
      };
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid(String.valueOf(e.getMessage()));
    }
  }

  private static Input encode(
      ServedModel model, String text, @Nullable String pair, boolean truncate) {
    Tokenizer tokenizer = model.tokenizer();
    try {
      return new Input(tokenizer.encode(text, pair, false), false, 0);
    } catch (TextTooLongException e) {
      if (!truncate) {
        throw e;
      }
      return new Input(tokenizer.encode(text, pair, true), true, 0);
    }
  }

  private static EncodedText tokens(TokenIds message) {
    int[] ids = new int[message.getIdsCount()];
    for (int t = 0; t < ids.length; t++) {
      ids[t] = message.getIds(t);
    }
    if (message.getTypesCount() == 0) {
      return EncodedText.of(ids);
    }
    int[] types = new int[message.getTypesCount()];
    for (int t = 0; t < types.length; t++) {
      types[t] = message.getTypes(t);
    }
    return EncodedText.of(ids, types);
  }
}
