package dev.offramp.model.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class Sha256SumsTest {
  // FIPS 180-2, appendix B, and the digest of nothing.
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  private static final String EMPTY =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  @TempDir private Path directory;

  @BeforeEach
  void writeFiles() throws IOException {
    Files.createDirectory(directory.resolve("inner"));
    Files.writeString(directory.resolve("inner/abc"), "abc");
    Files.writeString(directory.resolve("empty"), "");
  }

  @Test
  void write_files_isWhatSha256sumWrites() throws IOException {
    Sha256Sums.of(directory, List.of("inner/abc", "empty")).write(directory);

    assertThat(directory.resolve(Sha256Sums.FILE))
        .content()
        .isEqualTo(EMPTY + "  empty\n" + ABC + "  inner/abc\n");
  }

  @Test
  void read_written_isTheSameAndVerifies() throws IOException {
    Sha256Sums sums = Sha256Sums.of(directory, List.of("inner/abc", "empty"));
    sums.write(directory);

    assertThat(Sha256Sums.read(directory)).isEqualTo(sums);
    assertThat(Sha256Sums.read(directory).digest()).isEqualTo(sums.digest());
    Sha256Sums.read(directory).verify(directory);
  }

  @Test
  void verify_fileChanged_isRefusedWithBothSums() throws IOException {
    Sha256Sums sums = Sha256Sums.of(directory, List.of("inner/abc", "empty"));
    Files.writeString(directory.resolve("inner/abc"), "");

    assertThatThrownBy(() -> sums.verify(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(
            "%s: damaged: sha256 is %s (expected: %s). Copy or make it again.",
            directory.resolve("inner/abc"), EMPTY, ABC);
  }

  @Test
  void verify_fileGoneOrADirectory_isRefused() throws IOException {
    Sha256Sums sums = Sha256Sums.of(directory, List.of("empty"));
    Files.delete(directory.resolve("empty"));
    assertThatThrownBy(() -> sums.verify(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(directory.resolve("empty") + ": listed in SHA256SUMS but cannot");
    Files.createDirectory(directory.resolve("empty"));
    assertThatThrownBy(() -> sums.verify(directory)).isInstanceOf(ModelFormatException.class);
  }

  @Test
  void requireAll_fileWithoutASum_isRefused() throws IOException {
    Sha256Sums sums = Sha256Sums.of(directory, List.of("empty"));

    sums.requireAll(directory, List.of("empty"));
    assertThatThrownBy(() -> sums.requireAll(directory, List.of("empty", "inner/abc")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("does not list 'inner/abc'");
  }

  @Test
  void only_someFiles_isTheirSumsAndRefusesOthers() throws IOException {
    Sha256Sums all = Sha256Sums.of(directory, List.of("empty", "inner/abc"));
    Sha256Sums some = Sha256Sums.of(directory, List.of("empty"));

    assertThat(all.only(List.of("empty"))).isEqualTo(some);
    assertThatThrownBy(() -> some.only(List.of("inner/abc")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("file: 'inner/abc' (expected: one of [empty])");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../outside",
        "/etc/passwd",
        "inner/../../outside",
        "inner/../empty",
        "./empty",
        "inner//abc",
        "inner/",
        "..",
        "."
      })
  void read_pathThatLeavesTheDirectoryOrIsNotPlain_isRefused(String path) throws IOException {
    Files.writeString(directory.resolve(Sha256Sums.FILE), EMPTY + "  " + path + "\n");

    assertThatThrownBy(() -> Sha256Sums.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("file name: '" + path + "' (expected: a plain relative path");
    assertThatThrownBy(() -> RelativePath.requireInside(path))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x  empty", EMPTY, EMPTY + " empty", EMPTY + "  "})
  void read_lineThatIsNone_isRefusedWithItsNumber(String line) throws IOException {
    Files.writeString(directory.resolve(Sha256Sums.FILE), ABC + "  inner/abc\n" + line + "\n");

    assertThatThrownBy(() -> Sha256Sums.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("line 2: '" + line + "' (expected: <sha256>  <file>)");
  }

  @Test
  void read_fileTwice_isRefused() throws IOException {
    Files.writeString(directory.resolve(Sha256Sums.FILE), EMPTY + "  empty\n" + ABC + "  empty\n");

    assertThatThrownBy(() -> Sha256Sums.read(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("line 2: 'empty' is listed twice");
  }

  @Test
  void read_noFileOrNoText_isRefused() throws IOException {
    assertThatThrownBy(() -> Sha256Sums.read(directory)).isInstanceOf(ModelFormatException.class);
    Files.write(directory.resolve(Sha256Sums.FILE), new byte[] {(byte) 0xFF, '\n'});
    assertThatThrownBy(() -> Sha256Sums.read(directory)).isInstanceOf(ModelFormatException.class);
  }

  @Test
  void requireInside_noPathAtAll_isRefused() {
    assertThat(RelativePath.requireInside("a/b.so")).isEqualTo("a/b.so");
    for (String path : List.of("", "a\0b")) {
      assertThatThrownBy(() -> RelativePath.requireInside(path))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void byFile_changedLater_isNotTouched() {
    var byFile = new TreeMap<>(Map.of("empty", EMPTY));
    var sums = new Sha256Sums(byFile);
    byFile.clear();

    assertThat(sums.byFile()).hasSize(1);
    assertThatThrownBy(() -> sums.byFile().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
