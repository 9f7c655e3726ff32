package dev.offramp.server.registry;

import dev.offramp.model.artifact.Manifest;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.model.tier.Certificate;
import dev.offramp.server.engine.Lane;

/**
 * A model that requests can name.
 *
 * <p>Ownership: {@link ModelRegistry#hold} holds its lane for the caller, who releases it; until
 * then tokenizer and kernels stay.
 *
 * @param id of this loading, never used twice: what caches key by
 * @param manifest name, version, shape and tiers
 * @param target the compiled code that runs, and why that one
 */
public record ServedModel(
    long id, Manifest manifest, TargetChoice target, Tokenizer tokenizer, Lane lane) {

  /** Whether a certificate is about what is served: this checkpoint, in this arithmetic. */
  public boolean honours(Certificate certificate) {
    return certificate.covers(manifest.version(), target.target().precision().id());
  }

  /** Name and version, for messages. */
  public String label() {
    return manifest.name() + "@" + manifest.version();
  }
}
