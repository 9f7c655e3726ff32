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
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;

/**
 * The models that a server answers for, and the labels that point at their versions.
 *
 * <p>Loading happens beside serving: what is served goes on until the new model is ready and warm,
 * and for good where an artifact is refused. A retired model answers the requests that it has.
 *
 * <p>Threading: safe for all threads; loads run one at a time, and neither readers nor those who
 * move labels or retire models wait for one. Every change is seen whole or not at all. Ownership:
 * {@link #close} retires all models, before the engine is closed; a load that ends later is undone.
 */
public final class ModelRegistry implements AutoCloseable {

  private static final Logger log = LogManager.getLogger(ModelRegistry.class);

  private final Engine engine;
  private final BackendFactory backends;
  private final Host host;
  private final TargetWish wish;
  private final Warmup warmup;
  private final LongConsumer onFree;

  private final TokenizerPool tokenizers = new TokenizerPool();

  /** Held by the one load that runs. */
  private final ReentrantLock loading = new ReentrantLock();

  /** Retired, with requests still on their way; by id. */
  private final Map<Long, ServedModel> leaving = new ConcurrentHashMap<>();

  /** Replaced as a whole, under this object's lock. */
  private volatile Catalog catalog = Catalog.EMPTY;

  private volatile boolean closed;

  /** Whether a request ever named a model. */
  private volatile boolean asked;

  private volatile Consumer<Catalog> onChange = _ -> {};

  /** Guarded by {@link #loading}. */
  private long loads;

  /**
   * An empty registry.
   *
   * @param wish what is wanted of artifacts' targets
   * @param warmup what models go through before they are served
   * @param onFree gets the id of each model that was retired, once its last request has ended
   */
  public ModelRegistry(
      Engine engine,
      BackendFactory backends,
      Host host,
      TargetWish wish,
      Warmup warmup,
      LongConsumer onFree) {
    this.engine = engine;
    this.backends = backends;
    this.host = host;
    this.wish = wish;
    this.warmup = warmup;
    this.onFree = onFree;
  }

  /** Loads an artifact as {@link #load(Path, String)} does, without a label. */
  public ServedModel load(Path directory) {
    return load(directory, "");
  }

  /**
   * Loads an artifact, warms it, and serves it; from then on it is its name's last. A model of the
   * same name and version is replaced and its labels stay.
   *
   * @param label a label to point at it from the same moment on; empty for none
   * @throws dev.offramp.model.io.ModelFormatException if the artifact is damaged or foreign, this
   *     host cannot run it, or its kernels fail; nothing has changed then
   * @throws Refusal if the label can be none, or the registry is closed
   */
  public ServedModel load(Path directory, String label) {
    if (!label.isEmpty()) {
      VersionLabels.require(label);
    }
    loading.lock();
    try {
      requireOpen();
      // Until somebody asks there is nobody to give way to but strangers.
      return asked
          ? Aside.call("offramp-load", () -> loadNow(directory, label))
          : loadNow(directory, label);
    } finally {
      loading.unlock();
    }
  }

  private ServedModel loadNow(Path directory, String label) {
    Artifact artifact = Artifact.open(directory);
    TargetChoice target = TargetChoice.of(artifact, host, wish);
    ServedModel model = open(artifact, target);
    try {
      warmup.run(model);
      publish(model, label);
    } catch (RuntimeException | Error e) {
      model.lane().release();
      throw e;
    }
    log.info(
        "Serving {} from {}, target {}: {}",
        model.label(),
        directory,
        target.target().id(),
        target.reason());
    warnOfEmptyPromises(model);
    return model;
  }

  private void requireOpen() {
    if (closed) {
      throw Refusal.closing();
    }
  }

  private synchronized void publish(ServedModel model, String label) {
    requireOpen();
    Catalog next = catalog.with(model);
    replace(
        label.isEmpty()
            ? next
            : next.with(next.labels().with(model.name(), label, model.version())));
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
    Tokenizer tokenizer = tokenizers.hold(artifact);
    try {
      Backend backend = backends.open(artifact, target.target());
      try {
        long id = ++loads;
        Lane lane = engine.open(manifest.config(), backend, () -> free(id, tokenizer));
        return ServedModel.of(id, artifact.directory(), manifest, target, tokenizer, lane);
      } catch (RuntimeException | Error e) {
        backend.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      tokenizers.release(tokenizer);
      throw e;
    }
  }

  private void free(long id, Tokenizer tokenizer) {
    leaving.remove(id);
    try {
      tokenizers.release(tokenizer);
    } finally {
      // Looks at every entry of the cache: not on a worker, which may be the one that freed it.
      var _ = Aside.start("offramp-forget-" + id, () -> onFree.accept(id));
    }
  }

  /**
   * Stops serving a model.
   *
   * @param version as in {@link #hold}
   * @param force whether to go on where labels point at it, which then go too
   * @throws Refusal if there is no such model, or a label keeps it
   */
  public synchronized void retire(String name, String version, boolean force) {
    ServedModel model = catalog.find(name, version);
    List<String> labels = catalog.labelsOf(model);
    if (!force && !labels.isEmpty()) {
      throw Refusal.precondition(
          model.label()
              + ": labels "
              + labels
              + " point at it (expected: none; move them to another version first, or force it)");
    }
    replace(catalog.without(model));
    log.info("Retired {}", model.label());
  }

  /**
   * Stops serving one loading of a model, unless its name would be left without a version, or a
   * label points at it.
   *
   * @return why it stays; empty where it is served no more
   */
  synchronized Optional<String> retireSpare(ServedModel model) {
    if (!catalog.models().contains(model)) {
      return Optional.empty();
    }
    List<String> labels = catalog.labelsOf(model);
    if (!labels.isEmpty()) {
      return Optional.of("labels " + labels + " point at it");
    }
    if (catalog.models().stream().filter(m -> m.name().equals(model.name())).count() == 1) {
      return Optional.of("it is the last version of " + model.name());
    }
    replace(catalog.without(model));
    log.info("Retired {}", model.label());
    return Optional.empty();
  }

  /**
   * Points a label at a version; requests that begin from then on go there.
   *
   * @param version as in {@link #hold}: another label moves this one to where that one points
   * @return the model it now points at
   * @throws Refusal if there is no such model, or the label can be none
   */
  public synchronized ServedModel label(String name, String version, String label) {
    ServedModel model = catalog.find(name, version);
    replace(catalog.with(catalog.labels().with(model.name(), label, model.version())));
    log.info("Label {} of {} points at {}", label, model.name(), model.version());
    return model;
  }

  /**
   * Replaces all labels of these models, at one moment.
   *
   * @param labels version by label by model
   * @throws Refusal if a version is not served or a label can be none; nothing has changed then
   */
  public synchronized void labelAll(Map<String, Map<String, String>> labels) {
    VersionLabels next = catalog.labels();
    for (var model : labels.entrySet()) {
      model.getValue().values().forEach(version -> requireVersion(model.getKey(), version));
      next = next.withAll(model.getKey(), model.getValue());
    }
    replace(catalog.with(next));
    log.info("Labels are now {}", next.byModel());
  }

  private void requireVersion(String name, String version) {
    ServedModel model = catalog.find(name, version);
    if (!model.name().equals(name) || !model.version().equals(version)) {
      throw Refusal.invalid(
          "version: '" + version + "' of '" + name + "' (expected: a version's own name)");
    }
  }

  /**
   * Removes a label; its version stays.
   *
   * @throws Refusal if the model has no such label
   */
  public synchronized void unlabel(String name, String label) {
    if (catalog.labels().version(name, label).isEmpty()) {
      throw Refusal.notFound(
          "label: '"
              + label
              + "' of '"
              + name
              + "' (known: "
              + catalog.labels().of(name).keySet()
              + ")");
    }
    replace(catalog.with(catalog.labels().without(name, label)));
    log.info("Label {} of {} is gone", label, name);
  }

  private void replace(Catalog next) {
    Catalog before = catalog;
    List<ServedModel> gone =
        before.models().stream().filter(old -> !next.models().contains(old)).toList();
    gone.forEach(old -> leaving.put(old.id(), old));
    catalog = next;
    gone.forEach(old -> old.lane().release());
    try {
      onChange.accept(next);
    } catch (RuntimeException | Error e) {
      log.error("What is served now could not be told", e); // It is served all the same.
    }
  }

  /**
   * Finds a model and holds its lane, which the caller releases.
   *
   * @param name empty for the only model
   * @param version a version; or {@code @} and a label; or empty for the label {@code stable}, and
   *     without it for the version loaded last
   * @throws Refusal if there is no such model, or the name is needed and missing
   */
  public ServedModel hold(String name, String version) {
    if (!asked) {
      asked = true;
    }
    while (true) {
      ServedModel model = catalog.find(name, version);
      if (model.lane().hold()) {
        return model;
      }
      // It was retired in between: look again.
    }
  }

  /** Tells what is served, now and whenever it has changed, in order; nobody else is told. */
  public synchronized void onChange(Consumer<Catalog> listener) {
    onChange = listener;
    listener.accept(catalog);
  }

  /** What is served now. */
  public Catalog catalog() {
    return catalog;
  }

  /** All models, by name, and for one name in loading order. */
  public List<ServedModel> models() {
    return catalog.byName();
  }

  /** Models that are served no more and still have requests, in loading order. */
  public List<ServedModel> leaving() {
    return leaving.values().stream().sorted(Comparator.comparingLong(ServedModel::id)).toList();
  }

  /** Serves nothing any more; a load that is under way is refused, and not waited for. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      replace(Catalog.EMPTY);
    }
    warmup.close();
  }
}
