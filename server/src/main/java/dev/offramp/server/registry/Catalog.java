package dev.offramp.server.registry;

import dev.offramp.server.refusal.Refusal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * What is served at one moment. Immutable, so that a reader never sees a model without its labels,
 * or a label that points at nothing.
 *
 * @param models in loading order, no two of one name and version
 * @param labels which point at models that are there
 */
public record Catalog(List<ServedModel> models, VersionLabels labels) {

  static final Catalog EMPTY = new Catalog(List.of(), VersionLabels.NONE);

  /** Copies. */
  public Catalog {
    models = List.copyOf(models);
  }

  /** All models, by name, and for one name in loading order. */
  public List<ServedModel> byName() {
    return models.stream().sorted(Comparator.comparing(ServedModel::name)).toList();
  }

  /** The labels that point at a model. */
  public List<String> labelsOf(ServedModel model) {
    return labels.of(model.name(), model.version());
  }

  /** Whether requests that name a model and no version go to this one. */
  public boolean isDefault(ServedModel model) {
    return models.contains(model) && find(model.name(), "").id() == model.id();
  }

  /**
   * Finds a model.
   *
   * @param name empty for the only one
   * @param version a version; or {@code @} and a label; or empty for the label {@code stable}, and
   *     without it for the version that was loaded last
   * @throws Refusal if there is no such model, or the name is needed and missing
   */
  public ServedModel find(String name, String version) {
    List<String> names = models.stream().map(ServedModel::name).distinct().sorted().toList();
    if (name.isEmpty() && names.size() > 1) {
      throw Refusal.invalid("model: not given (expected: one of " + names + ")");
    }
    List<ServedModel> versions =
        models.stream().filter(model -> name.isEmpty() || model.name().equals(name)).toList();
    if (versions.isEmpty()) {
      throw unknown(name, version);
    }
    String wanted = resolve(versions.getFirst().name(), version);
    return versions.stream()
        .filter(model -> wanted.isEmpty() || model.version().equals(wanted))
        .reduce((earlier, later) -> later)
        .orElseThrow(() -> unknown(name, version));
  }

  private String resolve(String name, String version) {
    if (version.isEmpty()) {
      return labels.version(name, VersionLabels.STABLE).orElse("");
    }
    if (!version.startsWith(VersionLabels.PREFIX)) {
      return version;
    }
    String label = version.substring(VersionLabels.PREFIX.length());
    return labels
        .version(name, label)
        .orElseThrow(() ->
            Refusal.notFound(
                "label: '"
                    + label
                    + "' of "
                    + name
                    + " (known: "
                    + labels.of(name).keySet()
                    + ")"));
  }

  private Refusal unknown(String name, String version) {
    return Refusal.notFound(
        "model: '"
            + name
            + "'"
            + (version.isEmpty() ? "" : ", version: '" + version + "'")
            + " (known: "
            + models.stream().map(ServedModel::label).sorted().toList()
            + ")");
  }

  /** With this model loaded last, in the place of one of the same name and version. */
  Catalog with(ServedModel model) {
    var next = keep(old -> !old.label().equals(model.label()));
    next.add(model);
    return new Catalog(next, labels);
  }

  /** Without a model and the labels that point at it. */
  Catalog without(ServedModel model) {
    return new Catalog(
        keep(old -> old.id() != model.id()), labels.withoutVersion(model.name(), model.version()));
  }

  Catalog with(VersionLabels labels) {
    return new Catalog(models, labels);
  }

  private List<ServedModel> keep(Predicate<ServedModel> which) {
    return new ArrayList<>(models.stream().filter(which).toList());
  }
}
