package dev.offramp.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.checkpoint.TensorInfo.ElementType;
import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SafetensorsDamageTest {
  @TempDir private Path directory;
  private Path path;

  @BeforeEach
  void choosePath() {
    path = directory.resolve("model.safetensors");
  }

  @Test
  void open_missingFile_isRefused() {
    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(ModelFormatException.class)
        .hasMessage(path + ": no such file");
  }

  @Test
  void open_directory_isRefused() {
    assertThatThrownBy(() -> SafetensorsFile.open(directory))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(directory.toString());
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0, 1, 3, Long.MIN_VALUE, Long.MAX_VALUE, 100_000_001})
  void open_headerLengthThatCannotBe_isRefused(long length) throws IOException {
    SafetensorsBytes.write(path, length, new byte[] {'{', '}'}, new byte[0]);

    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("header length " + length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "17", "null", "{,}", "{} {}", "\"x\"", "  "})
  void open_headerThatIsNoObject_isRefused(String header) throws IOException {
    SafetensorsBytes.write(path, header, new byte[0]);

    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("its header is not");
  }

  @Test
  void open_headerNestedWithoutEnd_isRefused() throws IOException {
    SafetensorsBytes.write(path, "{\"x\":" + "[".repeat(200_000), new byte[0]);

    assertThatThrownBy(() -> SafetensorsFile.open(path)).isInstanceOf(ModelFormatException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [4611686018427387904, 4]        | [0, 16]   | is too large
          [4611686018427387904]           | [0, 16]   | is too large
          [9223372036854775808]           | [0, 16]   | integers from 0
          [-1, -4]                        | [0, 16]   | integers from 0
          [4.0]                           | [0, 16]   | integers from 0
          ["4"]                           | [0, 16]   | integers from 0
          {"a": 4}                        | [0, 16]   | a list of integers
          4                               | [0, 16]   | a list of integers
          null                            | [0, 16]   | a list of integers
          [5]                             | [0, 16]   | expected: 20 bytes
          [4]                             | [16, 0]   | expected: 16 bytes
          [4]                             | [0, 15]   | expected: 16 bytes
          [4]                             | [-16, 0]  | integers from 0
          [4]                             | [0]       | [begin, end]
          [4]                             | [0, 8, 16] | [begin, end]
          [4]                             | 16        | a list of integers
          [4]                             | [4, 20]   | starts at byte 4 (expected: 0
          [3]                             | [0, 12]   | it is too long
          [5]                             | [0, 20]   | it is truncated
          """)
  void open_shapeOrOffsetsThatCannotBe_isRefused(String shape, String offsets, String reason)
      throws IOException {
    String header =
        "{\"x\": {\"dtype\": \"F32\", \"shape\": %s, \"data_offsets\": %s}}"
            .formatted(shape, offsets);
    SafetensorsBytes.write(path, header, new byte[16]);

    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageStartingWith(path + ": ")
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"F8_E9M9\"", "\"f32\"", "32", "null", "{}"})
  void open_elementTypeThatIsNone_isRefusedWithTheKnownOnes(String type) throws IOException {
    SafetensorsBytes.write(
        path,
        "{\"x\": {\"dtype\": " + type + ", \"shape\": [4], \"data_offsets\": [0, 16]}}",
        new byte[16]);

    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("tensor 'x': dtype " + type + " (expected: one of [F64, F32,");
  }

  @ParameterizedTest
  @CsvSource({"0, 8, 4, 12", "0, 8, 12, 20", "0, 8, 0, 8", "8, 16, 0, 4"})
  void open_tensorsThatOverlapOrLeaveGaps_areRefused(int a, int aEnd, int b, int bEnd)
      throws IOException {
    String header =
        """
        {"a": {"dtype": "F32", "shape": [%d], "data_offsets": [%d, %d]},
         "b": {"dtype": "F32", "shape": [%d], "data_offsets": [%d, %d]}}
        """
            .formatted((aEnd - a) / 4, a, aEnd, (bEnd - b) / 4, b, bEnd);
    SafetensorsBytes.write(path, header, new byte[Math.max(aEnd, bEnd)]);

    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("right after the one before it");
  }

  @Test
  void open_tensorTwice_isRefused() throws IOException {
    String one = "\"x\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]}";
    SafetensorsBytes.write(path, "{" + one + ", " + one + "}", new byte[4]);

    assertThatThrownBy(() -> SafetensorsFile.open(path)).isInstanceOf(ModelFormatException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "\"pt\"", "{\"format\": 1}", "{\"format\": {}}", "{\"a\": null}"})
  void open_metadataThatIsNoTexts_isRefused(String metadata) throws IOException {
    SafetensorsBytes.write(path, "{\"__metadata__\": " + metadata + "}", new byte[0]);

    assertThatThrownBy(() -> SafetensorsFile.open(path))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("__metadata__");
  }

  @Test
  void open_truncatedAtAnyByte_isRefused() throws IOException {
    SafetensorsWriter.write(path, SafetensorsBytes.tensors(), Map.of("format", "pt"));
    byte[] whole = Files.readAllBytes(path);
    for (int length = 0; length < whole.length; length++) {
      Files.write(path, Arrays.copyOf(whole, length));

      assertThatThrownBy(() -> SafetensorsFile.open(path))
          .as("%d of %d bytes", length, whole.length)
          .isInstanceOf(ModelFormatException.class)
          .hasMessageStartingWith(path + ": ");
    }
  }

  /*
   * A flipped bit that makes another valid header is not for the container to notice, which is what
   * checksums are for. Whatever it lets through has tensors that fill the file.
   */
  @Test
  void open_anyBitOfTheHeaderFlipped_isRefusedOrReadWhole() throws IOException {
    SafetensorsWriter.write(path, SafetensorsBytes.tensors(), Map.of("format", "pt"));
    byte[] whole = Files.readAllBytes(path);
    int headerEnd = whole.length - 32;
    int refused = 0;
    for (int at = 0; at < headerEnd; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << bit);
        Files.write(path, damaged);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
          long floats = 0;
          for (String name : file.names()) {
            if (file.info(name).type() == ElementType.F32) {
              floats += file.tensor(name).values().length;
            }
          }
          assertThat(floats).as("bit %d of byte %d", bit, at).isEqualTo(8);
          assertThat(file.names().stream().map(name -> file.info(name).shape()))
              .containsExactly(List.of(2L, 3L), List.of(2L));
        } catch (ModelFormatException e) {
          assertThat(e).hasMessageStartingWith(path + ": ");
          refused++;
        }
      }
    }
    assertThat(refused).isGreaterThan(headerEnd);
  }
}
