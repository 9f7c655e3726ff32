package dev.offramp.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offramp.model.checkpoint.TensorInfo.ElementType;
import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SafetensorsFileTest {
  @TempDir private Path directory;
  private Path path;

  @BeforeEach
  void choosePath() {
    path = directory.resolve("model.safetensors");
  }

  @Test
  void tensor_writtenTensors_areTheSameBitForBit() throws IOException {
    long seed = 3;
    var random = new SplittableRandom(seed);
    var tensors = new LinkedHashMap<String, Tensor>();
    for (int i = 0; i < 20; i++) {
      int rows = random.nextInt(1, 40);
      int columns = random.nextInt(1, 700); // More than one chunk of the writer at times.
      float[] values = new float[rows * columns];
      for (int v = 0; v < values.length; v++) {
        values[v] = Float.intBitsToFloat(random.nextInt() & ~(1 << 23)); // Never all ones: no NaN.
      }
      tensors.put("tensor." + i + " \"ü\"", Tensor.of(values, rows, columns));
    }
    SafetensorsWriter.write(path, tensors, Map.of("format", "pt", "epoch", "3"));

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.names()).containsExactlyElementsOf(tensors.keySet());
      assertThat(file.metadata()).containsOnly(Map.entry("format", "pt"), Map.entry("epoch", "3"));
      tensors.forEach((name, tensor) -> {
        assertThat(file.tensor(name).shape()).isEqualTo(tensor.shape());
        assertThat(Arrays.mismatch(file.tensor(name).values(), tensor.values()))
            .as("seed %d, %s", seed, name)
            .isEqualTo(-1);
      });
    }
  }

  @Test
  void write_sameTensors_givesTheSameBytes() throws IOException {
    SequencedMap<String, Tensor> tensors = SafetensorsBytes.tensors();
    SafetensorsWriter.write(path, tensors, Map.of("a", "1", "b", "2", "c", "3"));
    byte[] first = Files.readAllBytes(path);
    SafetensorsWriter.write(path, tensors, Map.of("c", "3", "b", "2", "a", "1"));

    assertThat(Files.readAllBytes(path)).isEqualTo(first);
    // Not by chance: the order of Map.of is drawn anew in every JVM.
    assertThat(new String(first, StandardCharsets.ISO_8859_1))
        .contains("{\"__metadata__\":{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"},")
        .contains("\"x\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}");
  }

  @Test
  void write_data_startsAtAMultipleOf64() throws IOException {
    SafetensorsWriter.write(path, SafetensorsBytes.tensors(), Map.of());

    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path));
    long header = bytes.order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    assertThat((8 + header) % 64).isZero();
    assertThat(bytes.getFloat(Math.toIntExact(8 + header))).isEqualTo(1.5f);
  }

  @Test
  void write_failure_keepsTheFormerFileAndLeavesNothing() throws IOException {
    Path taken = directory.resolve("taken");
    Files.createDirectories(taken.resolve("inner"));

    assertThatThrownBy(() -> SafetensorsWriter.write(taken, SafetensorsBytes.tensors(), Map.of()))
        .isInstanceOf(IOException.class);

    assertThat(taken.resolve("inner")).isDirectory();
    assertThat(directory).isDirectoryNotContaining("glob:**.taken.*");
  }

  @Test
  void tensor_halfPrecision_isWidenedExactly() throws IOException {
    // 1, -2, 2^-24 (the least subnormal), 65504 (the greatest), and both infinities.
    short[] halves = {0x3C00, (short) 0xC000, 0x0001, 0x7BFF, 0x7C00, (short) 0xFC00};
    ByteBuffer data = SafetensorsBytes.data(12);
    data.asShortBuffer().put(halves);

    assertThat(only("F16", 6, data).values())
        .containsExactly(1, -2, 0x1p-24f, 65504, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
  }

  @Test
  void tensor_brainFloat_isWidenedExactly() throws IOException {
    // 1, -2, pi to 8 bits, the greatest finite value.
    ByteBuffer data = SafetensorsBytes.data(8);
    data.asShortBuffer().put(new short[] {0x3F80, (short) 0xC000, 0x4049, 0x7F7F});

    assertThat(only("BF16", 4, data).values()).containsExactly(1, -2, 3.140625f, 0x1.FEp127f);
  }

  @Test
  void tensor_doublePrecision_isRounded() throws IOException {
    ByteBuffer data = SafetensorsBytes.data(24);
    data.asDoubleBuffer().put(new double[] {0.1, -1e300, 1e-300});

    assertThat(only("F64", 3, data).values()).containsExactly(0.1f, Float.NEGATIVE_INFINITY, 0);
  }

  @ParameterizedTest
  @CsvSource({"I64, 8", "I32, 4", "I16, 2", "I8, 1", "U64, 8", "U32, 4", "U16, 2", "U8, 1"})
  void tensor_integers_areListedButNotHandedOut(String type, int bytes) throws IOException {
    SafetensorsBytes.write(path, SafetensorsBytes.one(type, "[1]", 0, bytes), new byte[bytes]);

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.info("x").type()).isEqualTo(ElementType.valueOf(type));
      assertThatThrownBy(() -> file.tensor("x"))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("tensor 'x' holds " + type + " (expected: a float type)");
    }
  }

  @Test
  void segment_tensor_isItsBytesWhereTheyLie() throws IOException {
    SafetensorsWriter.write(path, SafetensorsBytes.tensors(), Map.of());
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      MemorySegment segment = file.segment("y");

      assertThat(segment.byteSize()).isEqualTo(8);
      assertThat(segment.isReadOnly()).isTrue();
      assertThat(segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4)).isEqualTo(8);
    }
  }

  @Test
  void segment_afterClose_isRefusedNotACrash() throws IOException {
    SafetensorsWriter.write(path, SafetensorsBytes.tensors(), Map.of());
    SafetensorsFile file = SafetensorsFile.open(path);
    MemorySegment segment = file.segment("x");
    file.close();

    assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> file.tensor("x")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void info_unknownName_isRefused() throws IOException {
    SafetensorsWriter.write(path, SafetensorsBytes.tensors(), Map.of());
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThatThrownBy(() -> file.info("z"))
          .isInstanceOf(ModelFormatException.class)
          .hasMessage(path + ": has no tensor 'z'");
    }
  }

  @Test
  void tensor_noElements_isEmpty() throws IOException {
    // The empty one lies where the next begins, and may be named after it.
    SafetensorsBytes.write(
        path,
        """
        {"b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
         "a": {"dtype": "F32", "shape": [7, 0], "data_offsets": [0, 0]},
         "scalar": {"dtype": "F32", "shape": [], "data_offsets": [4, 8]}}
        """,
        new byte[] {0, 0, 0, 0x40, 0, 0, 0x40, 0x40}); // 2 and 3, little-endian.

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.tensor("a").shape()).containsExactly(7, 0);
      assertThat(file.tensor("a").values()).isEmpty();
      assertThat(file.tensor("b").values()).containsExactly(2);
      assertThat(file.tensor("scalar").shape()).isEmpty();
      assertThat(file.tensor("scalar").values()).containsExactly(3);
    }
  }

  @Test
  void open_noTensors_isAnEmptyFile() throws IOException {
    SafetensorsBytes.write(path, "{}", new byte[0]);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.names()).isEmpty();
    }
  }

  @Test
  void tensor_extentsThatNoArrayHas_isRefused() throws IOException {
    SafetensorsBytes.write(
        path, SafetensorsBytes.one("F32", "[0, 4611686018427387904]", 0, 0), new byte[0]);

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThatThrownBy(() -> file.tensor("x"))
          .isInstanceOf(ModelFormatException.class)
          .hasMessageContaining("[0, 4611686018427387904]");
    }
  }

  private Tensor only(String type, int elements, ByteBuffer data) throws IOException {
    byte[] bytes = new byte[data.capacity()];
    data.get(0, bytes);
    SafetensorsBytes.write(
        path, SafetensorsBytes.one(type, "[" + elements + "]", 0, bytes.length), bytes);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return file.tensor("x");
    }
  }
}
