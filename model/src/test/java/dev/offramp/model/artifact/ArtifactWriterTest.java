package dev.offramp.model.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ArtifactWriterTest {
  @TempDir private Path root;
  @TempDir private Path scratch;
  private Path target;

  @BeforeEach
  void chooseTarget() {
    target = root.resolve("mine.offramp");
  }

  @Test
  void finish_sealed_isInItsPlaceAlone() throws IOException {
    Artifact artifact = TinyArtifact.write(target, scratch, "mine");

    assertThat(artifact.directory()).isEqualTo(target);
    assertOnlyTheTarget();
  }

  @Test
  void finish_overAnother_replacesItWhole() throws IOException {
    TinyArtifact.write(target, scratch, "old");
    Files.writeString(target.resolve("stray"), "of the old one");

    TinyArtifact.write(target, scratch, "new");

    assertThat(Artifact.open(target).manifest().name()).isEqualTo("new");
    assertThat(target.resolve("stray")).doesNotExist();
    assertOnlyTheTarget();
  }

  @Test
  void close_unfinished_leavesNoTrace() throws IOException {
    try (ArtifactWriter writer = TinyArtifact.start(target, scratch)) {
      assertThat(writer.staged()).isDirectory();
      assertThat(target).doesNotExist();
    }

    assertThat(root).isEmptyDirectory();
  }

  @Test
  void close_sealedButUnfinished_keepsTheOldOne() throws IOException {
    TinyArtifact.write(target, scratch, "old");
    try (ArtifactWriter writer = TinyArtifact.start(target, scratch)) {
      assertThat(writer.seal(TinyArtifact.manifest("new")).manifest().name()).isEqualTo("new");
    }

    assertThat(Artifact.open(target).manifest().name()).isEqualTo("old");
    assertOnlyTheTarget();
  }

  @Test
  void finish_unsealed_isRefusedAndKeepsTheOldOne() throws IOException {
    TinyArtifact.write(target, scratch, "old");
    try (ArtifactWriter writer = TinyArtifact.start(target, scratch)) {
      assertThatThrownBy(writer::finish)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("seal before finish");
    }

    assertThat(Artifact.open(target).manifest().name()).isEqualTo("old");
  }

  @Test
  void seal_fileMissing_isRefusedAndKeepsTheOldOne() throws IOException {
    TinyArtifact.write(target, scratch, "old");
    try (ArtifactWriter writer = TinyArtifact.start(target, scratch)) {
      Files.delete(writer.file(TinyArtifact.KERNELS));

      assertThatThrownBy(() -> writer.seal(TinyArtifact.manifest("new")))
          .isInstanceOf(NoSuchFileException.class);
      assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
    }

    assertThat(Artifact.open(target).manifest().name()).isEqualTo("old");
    assertOnlyTheTarget();
  }

  @Test
  void seal_noTokenizer_isRefused() throws IOException {
    try (ArtifactWriter writer = TinyArtifact.start(target, scratch)) {
      Files.delete(writer.file("vocab.txt"));

      assertThatThrownBy(() -> writer.seal(TinyArtifact.manifest("new")))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("has neither tokenizer.json nor vocab.txt");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../outside", "/tmp/outside", "a/../../outside", ""})
  void file_outsideTheArtifact_isRefused(String file) throws IOException {
    try (ArtifactWriter writer = ArtifactWriter.create(target)) {
      assertThatThrownBy(() -> writer.file(file))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + file + "' (expected: a plain relative path");
    }
  }

  @Test
  void create_overSomethingElse_isRefusedAndTouchesNothing() throws IOException {
    Path letter = Files.writeString(Files.createDirectory(target).resolve("letter"), "dear");

    assertThatThrownBy(() -> ArtifactWriter.create(target))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageStartingWith(target + ": exists and is not an artifact, so it was left alone")
        .hasMessageEndingWith("Choose another directory.");
    assertThatThrownBy(() -> ArtifactWriter.create(letter))
        .isInstanceOf(FileAlreadyExistsException.class);

    assertThat(letter).hasContent("dear");
    assertOnlyTheTarget();
  }

  @Test
  void create_missingParentsOrEmptyDirectory_areMadeOrUsed() throws IOException {
    Path deep = root.resolve("a/b/mine");
    TinyArtifact.write(deep, scratch, "deep");
    TinyArtifact.write(Files.createDirectory(root.resolve("empty")), scratch, "empty");

    assertThat(Artifact.open(deep).manifest().name()).isEqualTo("deep");
    assertThat(Artifact.open(root.resolve("empty")).manifest().name()).isEqualTo("empty");
  }

  private void assertOnlyTheTarget() throws IOException {
    try (var entries = Files.list(root)) {
      assertThat(entries).containsExactly(target);
    }
  }
}
