package dev.offramp.model.tier;

import dev.offramp.model.io.Json;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.model.io.Sha256Sums;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The tiers of a model, with the curves they were chosen from.
 *
 * @param calibration what they were calibrated on; null for a model that never was
 * @param tiers speed tiers by rising speed-up, then risk tiers by rising risk; {@code full} is
 *     always there
 * @param curves one a signal
 */
public record Tiers(@Nullable Calibration calibration, List<Tier> tiers, List<Curve> curves) {
  /** The file that holds a checkpoint's tiers. */
  public static final String FILE = "tiers.json";

  private static final int DIGEST_DIGITS = 6;

  /** Checks that names are distinct and adds {@code full} if it is not there. */
  public Tiers {
    var all = new ArrayList<>(tiers);
    if (all.stream().noneMatch(tier -> tier.name().equals(Tier.FULL))) {
      all.addFirst(Tier.full());
    }
    List<String> names = all.stream().map(Tier::name).toList();
    if (names.stream().distinct().count() != names.size()) {
      throw new IllegalArgumentException("tiers: " + names + " (expected: distinct names)");
    }
    tiers = List.copyOf(all);
    curves = List.copyOf(curves);
  }

  /** The tiers of a model that was never calibrated: {@code full} alone. */
  public static Tiers uncalibrated() {
    return new Tiers(null, List.of(), List.of());
  }

  /** The tier called {@code name}. */
  public Optional<Tier> find(String name) {
    for (Tier tier : tiers) { // Every request asks.
      if (tier.name().equals(name)) {
        return Optional.of(tier);
      }
    }
    return Optional.empty();
  }

  /** The names, in the tiers' order. */
  public List<String> names() {
    return tiers.stream().map(Tier::name).toList();
  }

  /**
   * A short name for what the tiers do and promise: tiers of the same names that leave elsewhere
   * have another one. How fast they were on calibration's texts is no part of it.
   */
  public String digest() {
    return digest(tiers);
  }

  /** The same of one tier alone; nothing if there is none of that name. */
  public Optional<String> digest(String name) {
    return find(name).map(tier -> digest(List.of(tier)));
  }

  private static String digest(List<Tier> tiers) {
    var text = new StringBuilder();
    for (Tier tier : tiers) {
      text.append(tier.name()).append(' ').append(tier.rule());
      tier.certificate()
          .ifPresent(promise ->
              text.append(' ').append(promise.eps()).append(' ').append(promise.delta()));
      text.append('\n');
    }
    return Sha256Sums.sha256(text.toString()).substring(0, DIGEST_DIGITS);
  }

  /**
   * Reads the tiers of a checkpoint; {@link #uncalibrated} if it has none.
   *
   * @throws ModelFormatException if the file is there but is not that of tiers
   */
  public static Tiers read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return uncalibrated();
    }
    try {
      return TiersJson.from(Json.readTree(file));
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, String.valueOf(e.getMessage()), e);
    }
  }

  /** Writes the tiers beside a checkpoint's weights, in one step. */
  public void write(Path directory) throws IOException {
    Json.write(directory.resolve(FILE), TiersJson.to(this));
  }
}
