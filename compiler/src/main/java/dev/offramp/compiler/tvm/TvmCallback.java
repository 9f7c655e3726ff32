package dev.offramp.compiler.tvm;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Java function that TVM calls: a pass, a tuner's builder, a logger.
 *
 * <p>Ownership: references among the arguments belong to {@code scope}, which closes when the
 * callback returns. Errors: an exception fails the TVM call that is under way and becomes the cause
 * of its {@link TvmException}.
 */
@FunctionalInterface
public interface TvmCallback {

  /** Answers with null, a number, a boolean, a string or a reference. */
  @Nullable Object call(ReferenceScope scope, List<@Nullable Object> arguments) throws Exception;
}
