package dev.offramp.server.registry;

import dev.offramp.server.refusal.Refusal;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Names for versions of models, such as {@code stable} and {@code candidate}: each label of a model
 * points at one of its versions. Immutable.
 *
 * @param byModel version by label by model; no model without labels
 */
public record VersionLabels(SortedMap<String, SortedMap<String, String>> byModel) {

  /** {@value}: where a model has it, requests that name no version go there. */
  public static final String STABLE = "stable";

  /** {@value}: what a label begins with where a version could stand instead. */
  public static final String PREFIX = "@";

  static final VersionLabels NONE = new VersionLabels(new TreeMap<>());

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");

  /** Copies. */
  public VersionLabels {
    var copy = new TreeMap<String, SortedMap<String, String>>();
    byModel.forEach((model, labels) -> {
      if (!labels.isEmpty()) {
        copy.put(model, Collections.unmodifiableSortedMap(new TreeMap<>(labels)));
      }
    });
    byModel = Collections.unmodifiableSortedMap(copy);
  }

  /**
   * Returns {@code label} if it can be one.
   *
   * @throws Refusal if not
   */
  static String require(String label) {
    if (!NAME.matcher(label).matches()) {
      throw Refusal.invalid(
          "label: '"
              + label
              + "' (expected: a lower-case letter, then lower-case letters, digits and hyphens)");
    }
    return label;
  }

  /** The labels of a model and the versions they point at. */
  public Map<String, String> of(String model) {
    return byModel.getOrDefault(model, Collections.emptySortedMap());
  }

  /** The labels that point at one version. */
  public List<String> of(String model, String version) {
    return of(model).entrySet().stream()
        .filter(label -> label.getValue().equals(version))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The version that a label points at. */
  public Optional<String> version(String model, String label) {
    return Optional.ofNullable(of(model).get(label));
  }

  VersionLabels with(String model, String label, String version) {
    var labels = new TreeMap<>(of(model));
    labels.put(require(label), version);
    return withAll(model, labels);
  }

  VersionLabels without(String model, String label) {
    var labels = new TreeMap<>(of(model));
    labels.remove(label);
    return withAll(model, labels);
  }

  VersionLabels withoutVersion(String model, String version) {
    var labels = new TreeMap<>(of(model));
    labels.values().removeIf(version::equals);
    return withAll(model, labels);
  }

  /** With these labels as the model's only ones. */
  VersionLabels withAll(String model, Map<String, String> labels) {
    labels.keySet().forEach(VersionLabels::require);
    var all = new TreeMap<>(byModel);
    all.put(model, new TreeMap<>(labels));
    return new VersionLabels(all);
  }
}
