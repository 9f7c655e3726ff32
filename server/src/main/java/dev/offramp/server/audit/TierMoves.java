package dev.offramp.server.audit;

import dev.offramp.model.tier.Tier;
import dev.offramp.server.registry.ServedModel;

/** Which tier is applied where one is to be. */
public interface TierMoves {

  /** Each is applied itself. */
  TierMoves NONE = (_, tier) -> tier;

  /** The tier itself, or the safer one that takes its place. */
  Tier applied(ServedModel model, Tier tier);
}
