package dev.offramp.server.engine;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.TargetEntry;

/** Makes backends that run artifacts of one kind. Threading: safe for all threads. */
public interface BackendFactory {

  /**
   * Loads the kernels and weights of one target.
   *
   * @throws dev.offramp.model.io.ModelFormatException if they cannot be used, naming the file
   */
  Backend open(Artifact artifact, TargetEntry target);
}
