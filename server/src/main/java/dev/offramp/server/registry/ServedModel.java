package dev.offramp.server.registry;

import dev.offramp.model.artifact.Manifest;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.model.tier.Certificate;
import dev.offramp.model.tier.Tiers;
import dev.offramp.server.engine.Lane;
import java.nio.file.Path;

/**
 * A model that requests can name.
 *
 * <p>Ownership: {@link ModelRegistry#hold} holds its lane for the caller, who releases it; until
 * then tokenizer and kernels stay.
 *
 * @param id of this loading, never used twice: what caches key by
 * @param directory the artifact that it was loaded from
 * @param manifest name, version, shape and tiers
 * @param target the compiled code that runs, and why that one
 * @param exits which exits answered
 * @param traffic how long answers of each tier took
 * @param tiersDigest of its tiers: a version that was calibrated anew has others of the same names
 */
public record ServedModel(
    long id,
    Path directory,
    Manifest manifest,
    TargetChoice target,
    Tokenizer tokenizer,
    Lane lane,
    ExitCounts exits,
    TierTraffic traffic,
    String tiersDigest) {

  /** One of which nothing was counted yet. */
  static ServedModel of(
      long id,
      Path directory,
      Manifest manifest,
      TargetChoice target,
      Tokenizer tokenizer,
      Lane lane) {
    Tiers tiers = manifest.tiers();
    int layers = manifest.config().layers();
    tiers.tiers().forEach(tier -> lane.expect(tier.rule(), layers / tier.layerSpeedup()));
    return new ServedModel(
        id,
        directory,
        manifest,
        target,
        tokenizer,
        lane,
        new ExitCounts(layers),
        new TierTraffic(tiers),
        tiers.digest());
  }

  /** What requests call it. */
  public String name() {
    return manifest.name();
  }

  /** Which of its name's. */
  public String version() {
    return manifest.version();
  }

  /**
   * The version with the digest of its tiers: what is known of a tier from texts is of this. Never
   * what requests name.
   */
  public String calibratedVersion() {
    return version() + "~" + tiersDigest;
  }

  /** A version without what {@link #calibratedVersion} adds, for people. */
  public static String plainVersion(String calibrated) {
    return calibrated.replaceFirst("~[0-9a-f]{6}$", "");
  }

  /** Whether a certificate is about what is served: this checkpoint, in this arithmetic. */
  public boolean honours(Certificate certificate) {
    return certificate.covers(manifest.version(), target.target().precision().id());
  }

  /** Name and version, for messages. */
  public String label() {
    return manifest.name() + "@" + manifest.version();
  }
}
