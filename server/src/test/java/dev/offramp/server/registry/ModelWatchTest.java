package dev.offramp.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.io.ModelFormatException;
import dev.offramp.server.TestArtifacts;
import dev.offramp.server.engine.BatchLimits;
import dev.offramp.server.engine.Engine;
import dev.offramp.server.engine.EngineSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Looks are taken by hand, so that nothing here depends on how long anything takes. */
@Timeout(120)
class ModelWatchTest {

  private static final BatchLimits BATCH = new BatchLimits(64, 8);

  @TempDir Path temporary;

  private final Engine engine =
      new Engine(new EngineSettings(1, BATCH, Duration.ofSeconds(60)), System::nanoTime);
  private final List<String> opened = new ArrayList<>();
  private final AtomicLong clock = new AtomicLong();
  private boolean lacksMemory;
  private final ModelRegistry registry =
      new ModelRegistry(
          engine,
          (artifact, target) -> {
            if (lacksMemory) {
              throw new IllegalStateException("native memory is short, on purpose");
            }
            opened.add(artifact.directory().getFileName().toString());
            return TestArtifacts.REFERENCE.open(artifact, target);
          },
          new Host("x86_64", Set.of()),
          TargetWish.NONE,
          new Warmup(engine, 1, BATCH, Duration.ofMinutes(1)),
          _ -> {});

  private Path watched;
  private ModelWatch watch;

  @BeforeEach
  void watch() throws IOException {
    watched = Files.createDirectories(temporary.resolve("watched"));
    watch = new ModelWatch(registry, watched, Duration.ofHours(1), clock::get);
  }

  @AfterEach
  void close() {
    watch.close(Duration.ofMinutes(1));
    registry.close();
    engine.close();
  }

  /** Made elsewhere and renamed into place, as operators are told to. */
  private void publish(String directory, String name, String version) throws IOException {
    Path made =
        TestArtifacts.write(temporary.resolve("made-" + directory + version), name, version);
    AtomicFiles.replaceDirectory(made, watched.resolve(directory));
  }

  private void look(int times) {
    for (int i = 0; i < times; i++) {
      watch.look();
    }
  }

  private List<String> served() {
    return registry.models().stream().map(ServedModel::label).toList();
  }

  private String held(String version) {
    ServedModel model = registry.hold("", version);
    model.lane().release();
    return model.version();
  }

  @Test
  void start_artifactsThere_servesThemAtOnceInOrderOfTheirNames() throws IOException {
    publish("b", "sst2", "1");
    publish("a", "sst2", "2");
    Files.createDirectories(watched.resolve("no-artifact"));
    publish(".hidden", "sst2", "3");
    watch.start();
    assertThat(served()).containsExactly("sst2@2", "sst2@1");
  }

  @Test
  void look_new_isServedOnceItIsAtRest_andNotLoadedAgain() throws IOException {
    look(1);
    publish("a", "sst2", "1");
    look(1);
    assertThat(served()).isEmpty();
    look(1);
    assertThat(served()).containsExactly("sst2@1");
    look(3);
    assertThat(opened).containsExactly("a");
  }

  @Test
  void look_memoryIsShort_triesTheSameArtifactAgainLater() throws IOException {
    publish("a", "sst2", "1");
    publish("b", "sst2", "2");
    lacksMemory = true;
    look(3);
    assertThat(served()).isEmpty();
    assertThat(watch.notServed()).isEqualTo(2);
    lacksMemory = false;
    look(3);
    assertThat(served()).isEmpty();
    clock.addAndGet(Duration.ofSeconds(10).toNanos());
    look(1);
    assertThat(served()).containsExactlyInAnyOrder("sst2@1", "sst2@2");
    assertThat(watch.notServed()).isZero();
    look(3);
    assertThat(opened).containsExactly("a", "b");
  }

  @Test
  void look_changed_servesTheNewVersionThenRetiresTheOld() throws IOException {
    publish("current", "sst2", "1");
    look(1);
    publish("current", "sst2", "2");
    look(1);
    assertThat(served()).containsExactly("sst2@1");
    look(1);
    assertThat(served()).containsExactly("sst2@2");
  }

  /** As volumes are updated: all files of the new version may look like the old one's. */
  @Test
  void look_linkLeadsElsewhere_servesWhatIsThereNow() throws IOException {
    var versions = new ArrayList<Path>();
    for (String version : List.of("1", "2")) {
      Path made = TestArtifacts.write(temporary.resolve("version-" + version), "sst2", version);
      try (var all = Files.walk(made)) {
        for (Path file : all.toList()) {
          Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000));
        }
      }
      versions.add(made);
    }
    Path link = watched.resolve("current");
    Files.createSymbolicLink(link, versions.get(0));
    look(1);
    assertThat(served()).containsExactly("sst2@1");
    Path next = Files.createSymbolicLink(temporary.resolve("next"), versions.get(1));
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
    look(2);
    assertThat(served()).containsExactly("sst2@2");
    assertThat(opened).containsExactly("version-1", "version-2");
  }

  @Test
  void look_removed_isRetiredUnlessItIsTheLastOfItsName() throws IOException {
    publish("a", "sst2", "1");
    publish("b", "sst2", "2");
    publish("c", "mrpc", "9");
    look(1);
    AtomicFiles.deleteTree(watched.resolve("a"));
    AtomicFiles.deleteTree(watched.resolve("c"));
    look(1);
    assertThat(served()).containsExactly("mrpc@9", "sst2@2");
    AtomicFiles.deleteTree(watched.resolve("b"));
    look(2);
    assertThat(served()).containsExactly("mrpc@9", "sst2@2");
    // Another version comes: now those that have gone can go.
    publish("d", "sst2", "3");
    look(2);
    assertThat(served()).containsExactly("mrpc@9", "sst2@3");
  }

  @Test
  void look_versionThatIsInTwoPlaces_staysWhileOneOfThemDoes() throws IOException {
    publish("a", "sst2", "1");
    publish("b", "sst2", "1");
    publish("c", "sst2", "2");
    look(1);
    AtomicFiles.deleteTree(watched.resolve("b"));
    for (int i = 0; i < 4; i++) {
      look(1);
      assertThat(held("1")).isEqualTo("1");
    }
    assertThat(opened).containsExactly("a", "b", "c", "a");
    AtomicFiles.deleteTree(watched.resolve("a"));
    look(2);
    assertThat(served()).containsExactly("sst2@2");
  }

  @Test
  void look_linkBetweenVersionsThatAreWatchedToo_losesNoneOfThem() throws IOException {
    publish("sst2-1", "sst2", "1");
    publish("sst2-2", "sst2", "2");
    Path link = watched.resolve("sst2-current");
    Files.createSymbolicLink(link, watched.resolve("sst2-1"));
    look(1);
    Path next = Files.createSymbolicLink(temporary.resolve("next"), watched.resolve("sst2-2"));
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
    for (int i = 0; i < 5; i++) {
      look(1);
      assertThat(served()).containsExactlyInAnyOrder("sst2@1", "sst2@2");
    }
  }

  /** Requests that name the version find it at every moment. */
  @Test
  void look_renamedDirectory_servesTheVersionThroughout() throws IOException {
    publish("a", "sst2", "1");
    publish("b", "sst2", "2");
    look(1);
    Files.move(watched.resolve("a"), watched.resolve("z"), StandardCopyOption.ATOMIC_MOVE);
    look(1);
    assertThat(served()).containsExactly("sst2@1", "sst2@2");
    look(2);
    assertThat(served()).containsExactlyInAnyOrder("sst2@1", "sst2@2");
  }

  @Test
  void look_halfWritten_isTriedWhenItRestsAndAgainWhenItIsWhole() throws IOException {
    publish("a", "sst2", "1");
    look(1);
    Path whole = TestArtifacts.write(temporary.resolve("whole"), "sst2", "2");
    Path copy = Files.createDirectories(watched.resolve("copy"));
    List<Path> files;
    try (var all = Files.walk(whole)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      Path to = copy.resolve(whole.relativize(file));
      Files.createDirectories(to.getParent());
      Files.copy(file, to);
      look(2); // The copy stalls after every file, long enough to look at rest.
      assertThat(held("1")).isEqualTo("1");
    }
    assertThat(served()).containsExactly("sst2@1", "sst2@2");
    assertThat(opened).containsExactly("a", "copy");
  }

  @Test
  void look_damaged_leavesTheOldServingUntilItIsReplaced() throws IOException {
    publish("current", "sst2", "1");
    look(1);
    Path damaged = TestArtifacts.write(temporary.resolve("damaged"), "sst2", "2");
    Files.writeString(damaged.resolve("weights/float32.safetensors"), "other weights");
    AtomicFiles.replaceDirectory(damaged, watched.resolve("current"));
    look(4);
    assertThat(served()).containsExactly("sst2@1");
    assertThat(opened).hasSize(1);
    publish("current", "sst2", "3");
    look(2);
    assertThat(served()).containsExactly("sst2@3");
  }

  @Test
  void look_labels_areAppliedOnceTheirVersionsAreThere() throws IOException {
    publish("a", "sst2", "1");
    Path labels = watched.resolve("labels.json");
    Files.writeString(labels, "{\"sst2\": {\"stable\": \"1\", \"candidate\": \"2\"}}");
    look(2);
    assertThat(registry.catalog().labels().byModel()).isEmpty();
    publish("b", "sst2", "2");
    look(2);
    assertThat(held("")).isEqualTo("1");
    assertThat(held("@candidate")).isEqualTo("2");

    // A promotion and a removal in one look: the label moves first.
    Files.writeString(labels, "{\"sst2\": {\"stable\": \"2\"}}");
    AtomicFiles.deleteTree(watched.resolve("a"));
    look(1);
    assertThat(served()).containsExactly("sst2@2");
    assertThat(registry.catalog().labels().of("sst2")).containsOnlyKeys("stable");
  }

  @Test
  void look_badLabels_leaveAllAsTheyAre() throws IOException {
    publish("a", "sst2", "1");
    Path labels = watched.resolve("labels.json");
    Files.writeString(labels, "{\"sst2\": {\"stable\": \"1\"}}");
    look(1);
    for (String bad :
        List.of(
            "{",
            "[]",
            "{\"sst2\": []}",
            "{\"sst2\": {\"stable\": 1}}",
            "{\"sst2\": {\"X\": \"1\"}}")) {
      Files.writeString(labels, bad);
      look(1);
      assertThat(registry.catalog().labels().of("sst2")).as(bad).containsEntry("stable", "1");
    }
    Files.writeString(labels, "{\"sst2\": {}}");
    look(1);
    assertThat(registry.catalog().labels().byModel()).isEmpty();
  }

  @Test
  void look_labelledVersionGone_isServedOn() throws IOException {
    publish("a", "sst2", "1");
    publish("b", "sst2", "2");
    look(1);
    registry.label("sst2", "1", "stable");
    AtomicFiles.deleteTree(watched.resolve("a"));
    look(2);
    assertThat(held("")).isEqualTo("1");
    registry.label("sst2", "2", "stable");
    look(1);
    assertThat(served()).containsExactly("sst2@2");
  }

  @Test
  void look_directoryGone_leavesWhatIsServed() throws IOException {
    publish("a", "sst2", "1");
    publish("b", "sst2", "2");
    look(1);
    Files.move(watched, temporary.resolve("away"));
    look(2);
    assertThat(served()).containsExactly("sst2@1", "sst2@2");
  }

  @Test
  void start_noSuchDirectory_saysSo() {
    assertThatThrownBy(
            () -> new ModelWatch(registry, temporary.resolve("none"), Duration.ofHours(1)).start())
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("none: no such directory");
  }

  @Test
  void start_thread_looksByItself() throws IOException {
    var often = new ModelWatch(registry, watched, Duration.ofMillis(10));
    often.start();
    try {
      publish("a", "sst2", "1");
      Awaitility.await().until(() -> served().equals(List.of("sst2@1")));
    } finally {
      often.close(Duration.ofMinutes(1));
    }
  }
}
