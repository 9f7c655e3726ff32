package dev.offramp.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.io.ModelFormatException;
import dev.offramp.server.TestArtifacts;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import dev.offramp.server.engine.GatedBackend;
import dev.offramp.server.natives.TvmRuntime;
import dev.offramp.server.refusal.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelRegistryTest {

  private static final Host HOST = new Host("x86_64", Set.of());

  @TempDir Path temporary;

  private final List<GatedBackend> opened = new ArrayList<>();
  private final List<Long> freed = new CopyOnWriteArrayList<>();
  private final Engine engine =
      new Engine(
          new EngineSettings(1, new BatchLimits(64, 8), Duration.ofSeconds(60)), System::nanoTime);
  private final Warmup cold = new Warmup(engine, 1, new BatchLimits(64, 8), Duration.ZERO);
  private final ModelRegistry registry =
      new ModelRegistry(
          engine,
          (artifact, target) -> {
            var backend = new GatedBackend(artifact.manifest().config().classes());
            opened.add(backend);
            return backend;
          },
          HOST,
          TargetWish.NONE,
          cold,
          freed::add);

  @AfterEach
  void close() {
    registry.close();
    engine.close();
  }

  private ServedModel load(String name, String version) {
    return registry.load(TestArtifacts.write(temporary.resolve(name + version), name, version));
  }

  private String held(String name, String version) {
    ServedModel model = registry.hold(name, version);
    model.lane().release();
    return model.label();
  }

  @Test
  void hold_names_findsTheModelsOrListsThem() {
    load("sst2", "1");
    assertThat(held("", "")).isEqualTo("sst2@1");
    load("mrpc", "9");
    load("sst2", "2");
    assertThat(held("sst2", "")).isEqualTo("sst2@2");
    assertThat(held("sst2", "1")).isEqualTo("sst2@1");
    assertThat(registry.models())
        .extracting(ServedModel::label)
        .containsExactly("mrpc@9", "sst2@1", "sst2@2");
    assertThatThrownBy(() -> registry.hold("", ""))
        .isInstanceOf(Refusal.class)
        .hasMessage("model: not given (expected: one of [mrpc, sst2])")
        .extracting(e -> ((Refusal) e).reason())
        .isEqualTo(Refusal.Reason.INVALID);
    assertThatThrownBy(() -> registry.hold("qqp", ""))
        .hasMessage("model: 'qqp' (known: [mrpc@9, sst2@1, sst2@2])")
        .extracting(e -> ((Refusal) e).reason())
        .isEqualTo(Refusal.Reason.NOT_FOUND);
    assertThatThrownBy(() -> registry.hold("sst2", "7"))
        .hasMessage("model: 'sst2', version: '7' (known: [mrpc@9, sst2@1, sst2@2])");
  }

  @Test
  void load_sameNameAndVersion_replacesAndFreesTheOld() {
    ServedModel old = load("sst2", "1");
    ServedModel next = load("sst2", "1");
    assertThat(next.id()).isNotEqualTo(old.id());
    assertThat(registry.models()).containsExactly(next);
    assertThat(opened.getFirst().closed).hasValue(1);
    assertThat(opened.getLast().closed).hasValue(0);
  }

  @Test
  void load_sameVocabulary_sharesATokenizerUntilTheLastIsGone() {
    ServedModel first = load("sst2", "1");
    ServedModel second = load("sst2", "2");
    assertThat(second.tokenizer()).isSameAs(first.tokenizer());
    registry.retire("sst2", "1", false);
    assertThat(second.tokenizer().encode("a film").length()).isEqualTo(4);
    registry.retire("sst2", "2", false);
    assertThat(load("sst2", "3").tokenizer()).isNotSameAs(first.tokenizer());
  }

  @Test
  void retire_heldModel_isFreedWhenReleased() {
    load("sst2", "1");
    ServedModel held = registry.hold("sst2", "");
    registry.retire("sst2", "1", false);
    assertThat(registry.models()).isEmpty();
    assertThat(opened.getFirst().closed).hasValue(0);
    assertThat(held.tokenizer().encode("a film").length()).isEqualTo(4);
    assertThat(freed).isEmpty();
    held.lane().release();
    assertThat(opened.getFirst().closed).hasValue(1);
    // On a thread of its own.
    Awaitility.await().untilAsserted(() -> assertThat(freed).containsExactly(held.id()));
    assertThatThrownBy(() -> registry.retire("sst2", "1", false)).isInstanceOf(Refusal.class);
  }

  @Test
  void load_damagedArtifacts_areRefusedWithFileAndReasonAndServingGoesOn() throws IOException {
    load("sst2", "1");
    Path artifact = TestArtifacts.write(temporary.resolve("bad"), "bad", "1");
    Path weights = artifact.resolve("weights/float32.safetensors");
    byte[] whole = Files.readAllBytes(weights);

    byte[] flipped = whole.clone();
    flipped[3] ^= 1;
    Files.write(weights, flipped);
    assertRefused(artifact, "float32.safetensors");

    Files.write(weights, Arrays.copyOf(whole, whole.length - 1));
    assertRefused(artifact, "float32.safetensors");

    Files.delete(weights);
    assertRefused(artifact, "float32.safetensors");

    Files.write(weights, whole);
    Files.writeString(artifact.resolve("manifest.json"), "{}");
    assertRefused(artifact, "manifest.json");

    assertRefused(temporary.resolve("nowhere"), "nowhere");
    assertThat(held("", "")).isEqualTo("sst2@1");
    assertThat(opened).hasSize(1);
  }

  @Test
  void hold_labels_goWhereTheyPoint() {
    load("sst2", "1");
    load("sst2", "2");
    load("sst2", "3");
    registry.label("sst2", "1", "stable");
    registry.label("sst2", "2", "candidate");
    assertThat(held("", "")).isEqualTo("sst2@1");
    assertThat(held("sst2", "@stable")).isEqualTo("sst2@1");
    assertThat(held("sst2", "@candidate")).isEqualTo("sst2@2");
    assertThat(held("sst2", "3")).isEqualTo("sst2@3");
    // Promotion: one label goes where another points.
    registry.label("sst2", "@candidate", "stable");
    assertThat(held("sst2", "")).isEqualTo("sst2@2");
    assertThat(registry.catalog().labelsOf(registry.models().get(1)))
        .containsExactly("candidate", "stable");
    registry.unlabel("sst2", "stable");
    assertThat(held("sst2", "")).isEqualTo("sst2@3");

    assertThatThrownBy(() -> registry.hold("sst2", "@stable"))
        .hasMessage("label: 'stable' of sst2 (known: [candidate])")
        .extracting(e -> ((Refusal) e).reason())
        .isEqualTo(Refusal.Reason.NOT_FOUND);
    assertThatThrownBy(() -> registry.unlabel("sst2", "stable"))
        .hasMessage("label: 'stable' of 'sst2' (known: [candidate])");
    assertThatThrownBy(() -> registry.label("sst2", "9", "stable")).isInstanceOf(Refusal.class);
    for (String bad : new String[] {"", "Stable", "1st", "@stable", "a b"}) {
      assertThatThrownBy(() -> registry.label("sst2", "1", bad))
          .hasMessageContaining("label: '" + bad + "' (expected: ")
          .extracting(e -> ((Refusal) e).reason())
          .isEqualTo(Refusal.Reason.INVALID);
    }
  }

  @Test
  void load_label_pointsThereFromTheFirstMomentAndSurvivesReplacement() {
    load("sst2", "1");
    registry.load(TestArtifacts.write(temporary.resolve("b"), "sst2", "2"), "candidate");
    assertThat(held("sst2", "@candidate")).isEqualTo("sst2@2");
    ServedModel again = load("sst2", "2");
    ServedModel held = registry.hold("sst2", "@candidate");
    held.lane().release();
    assertThat(held.id()).isEqualTo(again.id());
  }

  @Test
  void retire_labelledModel_isRefusedUnlessForced() {
    load("sst2", "1");
    load("sst2", "2");
    registry.label("sst2", "1", "stable");
    assertThatThrownBy(() -> registry.retire("sst2", "1", false))
        .hasMessageContaining("sst2@1: labels [stable] point at it")
        .extracting(e -> ((Refusal) e).reason())
        .isEqualTo(Refusal.Reason.PRECONDITION);
    assertThat(held("", "")).isEqualTo("sst2@1");
    registry.retire("sst2", "1", true);
    assertThat(held("", "")).isEqualTo("sst2@2");
    assertThat(registry.catalog().labels().byModel()).isEmpty();
  }

  @Test
  void labelAll_unknownVersion_changesNothing() {
    load("sst2", "1");
    load("sst2", "2");
    load("mrpc", "9");
    registry.labelAll(Map.of("sst2", Map.of("stable", "1", "candidate", "2")));
    assertThatThrownBy(() ->
            registry.labelAll(Map.of("sst2", Map.of("stable", "2"), "mrpc", Map.of("stable", "8"))))
        .isInstanceOf(Refusal.class);
    assertThat(held("sst2", "@stable")).isEqualTo("sst2@1");
    registry.labelAll(Map.of("sst2", Map.of("stable", "2")));
    assertThat(registry.catalog().labels().of("sst2")).isEqualTo(Map.of("stable", "2"));
  }

  /** Both labels swap places again and again; whoever looks sees them before or after. */
  @Test
  void labelAll_underConcurrentHolds_isSeenWholeOrNotAtAll() throws Exception {
    load("sst2", "1");
    load("sst2", "2");
    registry.labelAll(Map.of("sst2", Map.of("stable", "1", "candidate", "2")));
    var stop = new AtomicBoolean();
    var readers = new ArrayList<CompletableFuture<Integer>>();
    for (int i = 0; i < 3; i++) {
      readers.add(
          CompletableFuture.supplyAsync(() -> {
            int seen = 0;
            while (!stop.get() || seen == 0) {
              Catalog catalog = registry.catalog();
              assertThat(catalog.find("sst2", "@stable"))
                  .isNotEqualTo(catalog.find("sst2", "@candidate"));
              assertThat(held("sst2", "")).isIn("sst2@1", "sst2@2");
              seen++;
            }
            return seen;
          }));
    }
    for (int i = 0; i < 1_000; i++) {
      String stable = i % 2 == 0 ? "2" : "1";
      registry.labelAll(
          Map.of("sst2", Map.of("stable", stable, "candidate", stable.equals("1") ? "2" : "1")));
    }
    stop.set(true);
    for (CompletableFuture<Integer> reader : readers) {
      assertThat(reader.get()).isPositive();
    }
  }

  @Test
  void close_thenLoad_isRefused() {
    registry.close();
    assertThatThrownBy(() -> load("sst2", "1"))
        .extracting(e -> ((Refusal) e).reason())
        .isEqualTo(Refusal.Reason.CLOSING);
    assertThat(opened).isEmpty();
  }

  /** Checksums that match say only that nothing broke, not that it was ever a model. */
  @Test
  void load_foreignKernelsUnderGoodChecksums_areRefusedByTheRealBackend() {
    Path artifact = TestArtifacts.write(temporary.resolve("foreign"), "foreign", "1");
    var real =
        new ModelRegistry(engine, TvmRuntime.backends(), HOST, TargetWish.NONE, cold, freed::add);
    assertThatThrownBy(() -> real.load(artifact))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("float32.safetensors");
    assertThat(real.models()).isEmpty();
  }

  private void assertRefused(Path artifact, String file) {
    assertThatThrownBy(() -> registry.load(artifact))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(file);
  }
}
