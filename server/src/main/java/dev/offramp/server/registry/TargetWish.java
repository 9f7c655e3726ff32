package dev.offramp.server.registry;

import dev.offramp.model.artifact.Precision;
import dev.offramp.model.artifact.TargetEntry;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an operator wants of the targets in an artifact.
 *
 * @param target the id of the one to use, null for any
 * @param precision the precision to use, null for the most exact there is
 */
public record TargetWish(@Nullable String target, @Nullable Precision precision) {
  /** No wish: the most exact precision, on the best target for it. */
  public static final TargetWish NONE = new TargetWish(null, null);

  /** Why a target is not what was asked for. */
  Optional<String> objection(TargetEntry entry) {
    if (target != null && !target.equals(entry.id())) {
      return Optional.of("is not " + target + ", which was asked for");
    }
    if (precision != null && precision != entry.precision()) {
      return Optional.of("is not of " + precision + ", which was asked for");
    }
    return Optional.empty();
  }
}
