package dev.offramp.model.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/** Safetensors files by hand, right and wrong. */
final class SafetensorsBytes {
  private SafetensorsBytes() {}

  static Path write(Path file, String header, byte[] data) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return write(file, text.length, text, data);
  }

  static Path write(Path file, long headerLength, byte[] header, byte[] data) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(file, bytes.putLong(headerLength).put(header).put(data).array());
    return file;
  }

  static ByteBuffer data(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The header of one tensor {@code x}. */
  static String one(String type, String shape, int begin, int end) {
    return "{\"x\": {\"dtype\": \"%s\", \"shape\": %s, \"data_offsets\": [%d, %d]}}"
        .formatted(type, shape, begin, end);
  }

  /** A small file: {@code x [2, 3]} and {@code y [2]}, 1.5 and 2 to 8. */
  static SequencedMap<String, Tensor> tensors() {
    var tensors = new LinkedHashMap<String, Tensor>();
    tensors.put("x", Tensor.of(new float[] {1.5f, 2, 3, 4, 5, 6}, 2, 3));
    tensors.put("y", Tensor.of(new float[] {7, 8}, 2));
    return tensors;
  }
}
