package dev.offramp.model.checkpoint;

import dev.offramp.model.io.AtomicFiles;
import dev.offramp.model.io.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import tools.jackson.databind.SerializationFeature;

/**
 * Writes safetensors files, float32 and int32, in one step: a reader sees the old file or the whole
 * new one.
 */
public final class SafetensorsWriter {
  private static final int HEADER_ALIGNMENT = 64;
  private static final int CHUNK_ELEMENTS = 1 << 14;

  private SafetensorsWriter() {}

  /**
   * Writes {@code tensors} in their order. The same tensors and metadata give the same bytes.
   *
   * @param file the file to make or replace
   * @param tensors by name
   * @param metadata names and texts to attach
   * @throws IOException if it cannot be written; then a former file is still there
   */
  public static void write(
      Path file, SequencedMap<String, ? extends HostTensor> tensors, Map<String, String> metadata)
      throws IOException {
    byte[] header = header(tensors, metadata);
    Path temporary = AtomicFiles.sibling(file);
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(temporary), 1 << 16)) {
        ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        out.write(length.putLong(header.length).array());
        out.write(header);
        byte[] chunk = new byte[4 * CHUNK_ELEMENTS];
        for (HostTensor tensor : tensors.values()) {
          writeValues(out, tensor, chunk);
        }
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void writeValues(OutputStream out, HostTensor tensor, byte[] chunk)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
    int elements = elements(tensor);
    for (int start = 0; start < elements; start += CHUNK_ELEMENTS) {
      int count = Math.min(CHUNK_ELEMENTS, elements - start);
      switch (tensor) {
        case Tensor floats -> bytes.asFloatBuffer().put(floats.values(), start, count);
        case Words words -> bytes.asIntBuffer().put(words.values(), start, count);
      }
      out.write(chunk, 0, 4 * count);
    }
  }

  private static int elements(HostTensor tensor) {
    return switch (tensor) {
      case Tensor floats -> floats.values().length;
      case Words words -> words.values().length;
    };
  }

  /* Padded with spaces so that the data starts at a multiple of 64 bytes, as mapped reads like it. */
  private static byte[] header(
      SequencedMap<String, ? extends HostTensor> tensors, Map<String, String> metadata) {
    var json = new LinkedHashMap<String, Object>();
    if (!metadata.isEmpty()) {
      json.put("__metadata__", new TreeMap<>(metadata));
    }
    long offset = 0;
    for (var entry : tensors.entrySet()) {
      long end = offset + 4L * elements(entry.getValue());
      var info = new LinkedHashMap<String, Object>();
      info.put("dtype", entry.getValue() instanceof Words ? "I32" : "F32");
      info.put("shape", entry.getValue().shape());
      info.put("data_offsets", List.of(offset, end));
      json.put(entry.getKey(), info);
      offset = end;
    }
    byte[] text =
        Json.mapper()
            .writer()
            .without(SerializationFeature.INDENT_OUTPUT)
            .writeValueAsString(json)
            .getBytes(StandardCharsets.UTF_8);
    int padded = Math.ceilDiv(8 + text.length, HEADER_ALIGNMENT) * HEADER_ALIGNMENT - 8;
    byte[] header = Arrays.copyOf(text, padded);
    Arrays.fill(header, text.length, padded, (byte) ' ');
    return header;
  }
}
