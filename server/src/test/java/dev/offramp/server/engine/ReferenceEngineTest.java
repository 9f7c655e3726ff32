package dev.offramp.server.engine;

import dev.offramp.model.checkpoint.Checkpoint;

class ReferenceEngineTest extends EngineContract {

  @Override
  protected Backend open(Checkpoint checkpoint) {
    return new ReferenceBackend(checkpoint);
  }

  @Override
  protected double tolerance() {
    return 0;
  }
}
