package dev.offramp.server.tvm;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.TargetEntry;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.BackendFactory;

/** Opens artifacts with the Apache TVM Java runtime. */
public final class TvmBackendFactory implements BackendFactory {

  /** Made by reflection: this class and its caller have different class loaders. */
  public TvmBackendFactory() {}

  @Override
  public Backend open(Artifact artifact, TargetEntry target) {
    return TvmBackend.open(artifact, target);
  }
}
