package dev.offramp.model.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFilesTest {
  @TempDir private Path directory;

  @Test
  void write_existingFile_isReplaced() throws IOException {
    Path file = directory.resolve("file");
    AtomicFiles.write(file, bytes("old"));
    AtomicFiles.write(file, bytes("new"));

    assertThat(file).hasContent("new");
    assertOnly(file);
  }

  @Test
  void write_failure_leavesNothing() throws IOException {
    Path target = directory.resolve("target");
    Files.createDirectories(target.resolve("inner"));

    assertThatThrownBy(() -> AtomicFiles.write(target, bytes("new")))
        .isInstanceOf(IOException.class);

    assertThat(target.resolve("inner")).isDirectory();
    assertOnly(target);
  }

  @Test
  void sibling_manyCalls_areDistinctHiddenAndBeside() {
    Path target = directory.resolve("a/../target/.");
    var siblings = IntStream.range(0, 1_000).mapToObj(i -> AtomicFiles.sibling(target)).toList();

    assertThat(siblings)
        .doesNotHaveDuplicates()
        .allMatch(path -> path.startsWith(directory))
        .allMatch(path -> path.getFileName().toString().startsWith(".target."))
        .allMatch(path -> path.getNameCount() == directory.getNameCount() + 1);
  }

  @Test
  void replaceDirectory_existing_isReplacedWhole() throws IOException {
    Path target = Files.createDirectory(directory.resolve("target"));
    Files.writeString(target.resolve("old"), "old");
    Path staged = Files.createDirectory(directory.resolve("staged"));
    Files.writeString(staged.resolve("new"), "new");

    AtomicFiles.replaceDirectory(staged, target);

    assertThat(target.resolve("new")).hasContent("new");
    assertThat(target.resolve("old")).doesNotExist();
    assertOnly(target);
  }

  @Test
  void replaceDirectory_nothingStaged_putsTheOldOneBack() throws IOException {
    Path target = Files.createDirectory(directory.resolve("target"));
    Files.writeString(target.resolve("old"), "old");

    assertThatThrownBy(() -> AtomicFiles.replaceDirectory(directory.resolve("none"), target))
        .isInstanceOf(NoSuchFileException.class);

    assertThat(target.resolve("old")).hasContent("old");
    assertOnly(target);
  }

  @Test
  void deleteTree_linkOutside_leavesWhatItPointsTo(@TempDir Path outside) throws IOException {
    Path kept = Files.writeString(outside.resolve("kept"), "kept");
    Path tree = Files.createDirectories(directory.resolve("tree/inner"));
    Files.createSymbolicLink(tree.resolve("link"), outside);

    AtomicFiles.deleteTree(directory.resolve("tree"));
    AtomicFiles.deleteTree(directory.resolve("tree")); // Nothing there: nothing to do.

    assertThat(directory).isEmptyDirectory();
    assertThat(kept).hasContent("kept");
  }

  @Test
  void isEmpty_directory_saysWhetherItHoldsAnything() throws IOException {
    assertThat(AtomicFiles.isEmpty(directory)).isTrue();
    Files.createDirectory(directory.resolve("inner"));
    assertThat(AtomicFiles.isEmpty(directory)).isFalse();
  }

  private void assertOnly(Path file) throws IOException {
    try (var entries = Files.list(directory)) {
      assertThat(entries).containsExactly(file);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
