package dev.offramp.server.registry;

import dev.offramp.model.artifact.Artifact;
import dev.offramp.model.artifact.Manifest;
import dev.offramp.model.text.Tokenizer;
import dev.offramp.model.tier.Tier;
import dev.offramp.server.engine.Backend;
import dev.offramp.server.engine.BackendFactory;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.Lane;
import dev.offramp.server.refusal.Refusal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongConsumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The models that a server answers for.
 *
 * <p>Loading happens beside serving: what is served goes on until the new model is ready, and for
 * good where an artifact is refused. A retired model answers the requests that it has.
 *
 * <p>Threading: safe for all threads; loads run one at a time, and readers never wait for one.
 * Ownership: {@link #close} retires all models, before the engine is closed.
 */
public final class ModelRegistry implements AutoCloseable {

  private static final Logger log = LogManager.getLogger(ModelRegistry.class);

  private final Engine engine;
  private final BackendFactory backends;
  private final Host host;
  private final TargetWish wish;
  private final LongConsumer onFree;

  /** In loading order. Replaced as a whole, under this object's lock. */
  private volatile List<ServedModel> models = List.of();

  private long loads;

  /**
   * An empty registry.
   *
   * @param wish what is wanted of artifacts' targets
   * @param onFree gets the id of each model that was retired, once its last request has ended
   */
  public ModelRegistry(
      Engine engine, BackendFactory backends, Host host, TargetWish wish, LongConsumer onFree) {
    this.engine = engine;
    this.backends = backends;
    this.host = host;
    this.wish = wish;
    this.onFree = onFree;
  }

  /**
   * Loads an artifact and serves it; from then on it is its name's default. A model of the same
   * name and version is replaced.
   *
   * @throws dev.offramp.model.io.ModelFormatException if the artifact is damaged or foreign, or
   *     this host cannot run it; nothing has changed then
   */
  public synchronized ServedModel load(Path directory) {
    Artifact artifact = Artifact.open(directory);
    TargetChoice target = TargetChoice.of(artifact, host, wish);
    ServedModel model = open(artifact, target);
    var next = new ArrayList<>(models);
    next.removeIf(old -> old.label().equals(model.label()));
    next.add(model);
    replace(next);
    log.info(
        "Serving {} from {}, target {}: {}",
        model.label(),
        directory,
        target.target().id(),
        target.reason());
    warnOfEmptyPromises(model);
    return model;
  }

  private static void warnOfEmptyPromises(ServedModel model) {
    List<String> tiers =
        model.manifest().tiers().tiers().stream()
            .filter(tier -> tier.certificate().filter(c -> !model.honours(c)).isPresent())
            .map(Tier::name)
            .toList();
    if (!tiers.isEmpty()) {
      log.warn(
          "{} in {}: the certificates of {} were made on another checkpoint or precision and promise"
              + " nothing here. Requests for these tiers are answered by the same rules. Serve the"
              + " precision that was calibrated, or calibrate what is served.",
          model.label(),
          model.target().target().precision().id(),
          tiers);
    }
  }

  private ServedModel open(Artifact artifact, TargetChoice target) {
    Manifest manifest = artifact.manifest();
    Tokenizer tokenizer = Tokenizer.load(artifact.directory(), manifest.config().maxPositions());
    try {
      Backend backend = backends.open(artifact, target.target());
      try {
        long id = ++loads;
        Lane lane = engine.open(manifest.config(), backend, () -> free(id, tokenizer));
        int layers = manifest.config().layers();
        manifest
            .tiers()
            .tiers()
            .forEach(tier -> lane.expect(tier.rule(), layers / tier.layerSpeedup()));
        return new ServedModel(id, manifest, target, tokenizer, lane);
      } catch (RuntimeException | Error e) {
        backend.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      tokenizer.close();
      throw e;
    }
  }

  private void free(long id, Tokenizer tokenizer) {
    try {
      tokenizer.close();
    } finally {
      onFree.accept(id);
    }
  }

  /**
   * Stops serving a model.
   *
   * @throws Refusal if there is no such model
   */
  public synchronized void retire(String name, String version) {
    ServedModel model = find(name, version);
    var next = new ArrayList<>(models);
    next.remove(model);
    replace(next);
    log.info("Retired {}", model.label());
  }

  private void replace(List<ServedModel> next) {
    List<ServedModel> before = models;
    models = List.copyOf(next);
    before.stream().filter(old -> !next.contains(old)).forEach(old -> old.lane().release());
  }

  /**
   * Finds a model and holds its lane, which the caller releases.
   *
   * @param name empty for the only model
   * @param version empty for the one loaded last
   * @throws Refusal if there is no such model, or the name is needed and missing
   */
  public ServedModel hold(String name, String version) {
    while (true) {
      ServedModel model = find(name, version);
      if (model.lane().hold()) {
        return model;
      }
      // It was retired in between: look again.
    }
  }

  private ServedModel find(String name, String version) {
    List<ServedModel> now = models;
    List<String> names = now.stream().map(m -> m.manifest().name()).distinct().sorted().toList();
    if (name.isEmpty() && names.size() > 1) {
      throw Refusal.invalid("model: not given (expected: one of " + names + ")");
    }
    return now.stream()
        .filter(model -> name.isEmpty() || model.manifest().name().equals(name))
        .filter(model -> version.isEmpty() || model.manifest().version().equals(version))
        .reduce((earlier, later) -> later)
        .orElseThrow(() -> unknown(name, version, now));
  }

  private static Refusal unknown(String name, String version, List<ServedModel> known) {
    return Refusal.notFound(
        "model: '"
            + name
            + "'"
            + (version.isEmpty() ? "" : ", version: '" + version + "'")
            + " (known: "
            + known.stream().map(ServedModel::label).sorted().toList()
            + ")");
  }

  /** All models, by name, and for one name in loading order. */
  public List<ServedModel> models() {
    return models.stream().sorted(Comparator.comparing(m -> m.manifest().name())).toList();
  }

  @Override
  public synchronized void close() {
    replace(List.of());
  }
}
