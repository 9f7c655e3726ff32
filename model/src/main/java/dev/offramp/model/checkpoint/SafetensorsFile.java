package dev.offramp.model.checkpoint;

import dev.offramp.model.checkpoint.TensorInfo.ElementType;
import dev.offramp.model.io.Json;
import dev.offramp.model.io.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A safetensors file, mapped for reading.
 *
 * <p>Layout: an unsigned little-endian 64-bit header length, a JSON header of name to type, shape
 * and data offsets, then the tensors without gaps. Everything is checked before the first tensor is
 * handed out: a file that passes cannot make a later read leave the mapping.
 *
 * <p>Threading: safe for all threads until closed. Ownership: segments live until {@link #close}.
 *
 * <p>Source: the format's description, {@code huggingface/safetensors}.
 */
public final class SafetensorsFile implements AutoCloseable {
  private static final long MAX_HEADER_BYTES = 100_000_000; // The format's own limit.
  private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8; // Of an array on the heap.
  private static final String METADATA = "__metadata__";
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final Arena arena;
  private final MemorySegment data;
  private final SequencedMap<String, TensorInfo> tensors;
  private final Map<String, String> metadata;

  private SafetensorsFile(
      Path file,
      Arena arena,
      MemorySegment data,
      SequencedMap<String, TensorInfo> tensors,
      Map<String, String> metadata) {
    this.file = file;
    this.arena = arena;
    this.data = data;
    this.tensors = Collections.unmodifiableSequencedMap(tensors);
    this.metadata = Map.copyOf(metadata);
  }

  /**
   * Maps {@code file} and checks its header.
   *
   * @throws ModelFormatException if it is missing, truncated, or not a safetensors file
   */
  @SuppressWarnings("MustBeClosedChecker") // The arena is this object's: close() closes it.
  public static SafetensorsFile open(Path file) {
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(file)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return parse(file, arena, mapped);
    } catch (NoSuchFileException e) {
      arena.close();
      throw new ModelFormatException(file, "no such file", e);
    } catch (IOException e) {
      arena.close();
      throw new ModelFormatException(file, "cannot be read: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  private static SafetensorsFile parse(Path file, Arena arena, MemorySegment mapped) {
    long size = mapped.byteSize();
    long headerBytes = size < 8 ? -1 : mapped.get(LENGTH, 0);
    long most = Math.min(MAX_HEADER_BYTES, size - 8);
    if (headerBytes < 2 || headerBytes > most) {
      throw new ModelFormatException(
          file,
          "is not a safetensors file, or is truncated: "
              + size
              + " bytes"
              + (size < 8
                  ? " (expected: more than 8)"
                  : ", header length " + headerBytes + " (expected: 2 to " + most + ")"));
    }
    JsonNode header = header(file, mapped.asSlice(8, headerBytes));
    MemorySegment data = mapped.asSlice(8 + headerBytes);
    var metadata = new LinkedHashMap<String, String>();
    var found = new ArrayList<Map.Entry<String, TensorInfo>>();
    for (var entry : header.properties()) {
      if (entry.getKey().equals(METADATA)) {
        metadata.putAll(metadata(file, entry.getValue()));
      } else {
        found.add(Map.entry(entry.getKey(), info(file, entry.getKey(), entry.getValue())));
      }
    }
    // An empty tensor lies where the next one starts.
    found.sort(
        Comparator.<Map.Entry<String, TensorInfo>>comparingLong(entry -> entry.getValue().offset())
            .thenComparingLong(entry -> entry.getValue().bytes()));
    var tensors = new LinkedHashMap<String, TensorInfo>();
    long end = 0;
    for (var entry : found) {
      if (entry.getValue().offset() != end) {
        throw new ModelFormatException(
            file,
            "tensor '"
                + entry.getKey()
                + "' starts at byte "
                + entry.getValue().offset()
                + " (expected: "
                + end
                + ", right after the one before it)");
      }
      end += entry.getValue().bytes();
      tensors.put(entry.getKey(), entry.getValue());
    }
    if (end != data.byteSize()) {
      throw new ModelFormatException(
          file,
          "has "
              + data.byteSize()
              + " bytes of tensors (expected: "
              + end
              + " by its header; it is "
              + (end > data.byteSize() ? "truncated" : "too long")
              + ")");
    }
    return new SafetensorsFile(file, arena, data, tensors, metadata);
  }

  private static JsonNode header(Path file, MemorySegment bytes) {
    JsonNode header;
    try {
      // Strict: a damaged name must not become another name.
      var text = StandardCharsets.UTF_8.newDecoder().decode(bytes.asByteBuffer()).toString();
      header = Json.mapper().readTree(text);
    } catch (CharacterCodingException e) {
      throw new ModelFormatException(file, "its header is not UTF-8", e);
    } catch (JacksonException e) {
      throw new ModelFormatException(file, "its header is not JSON: " + Json.problem(e), e);
    }
    if (!header.isObject()) {
      throw new ModelFormatException(file, "its header is not a JSON object");
    }
    return header;
  }

  private static Map<String, String> metadata(Path file, JsonNode json) {
    var metadata = new LinkedHashMap<String, String>();
    boolean texts = json.isObject();
    for (var entry : json.properties()) {
      texts &= entry.getValue().isString();
      metadata.put(entry.getKey(), entry.getValue().isString() ? entry.getValue().asString() : "");
    }
    if (!texts) {
      throw new ModelFormatException(file, METADATA + ": " + json + " (expected: texts by name)");
    }
    return metadata;
  }

  private static TensorInfo info(Path file, String name, JsonNode json) {
    try {
      ElementType type = type(json.path("dtype"));
      List<Long> shape = counts(json, "shape");
      long elements = 1;
      for (long extent : shape) {
        elements = Math.multiplyExact(elements, extent);
      }
      List<Long> offsets = counts(json, "data_offsets");
      if (offsets.size() != 2) {
        throw new IllegalArgumentException("data_offsets " + offsets + " (expected: [begin, end])");
      }
      long begin = offsets.getFirst();
      long bytes = offsets.getLast() - begin;
      long expected = Math.multiplyExact(elements, type.bytes());
      if (bytes != expected) {
        throw new IllegalArgumentException(
            "data_offsets "
                + offsets
                + " (expected: "
                + expected
                + " bytes for "
                + type
                + shape
                + ")");
      }
      return new TensorInfo(type, shape, begin, bytes);
    } catch (ArithmeticException e) {
      throw new ModelFormatException(
          file, "tensor '" + name + "': shape " + json.path("shape") + " is too large", e);
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException(file, "tensor '" + name + "': " + e.getMessage(), e);
    }
  }

  private static ElementType type(JsonNode json) {
    for (ElementType type : ElementType.values()) {
      if (json.isString() && json.asString().equals(type.name())) {
        return type;
      }
    }
    throw new IllegalArgumentException(
        "dtype " + json + " (expected: one of " + Arrays.toString(ElementType.values()) + ")");
  }

  private static List<Long> counts(JsonNode json, String field) {
    JsonNode list = json.path(field);
    var counts = new ArrayList<Long>();
    for (JsonNode count : list) {
      if (!(count.isInt() || count.isLong()) || count.asLong() < 0) {
        throw new IllegalArgumentException(
            field + " " + list + " (expected: integers from 0 to " + Long.MAX_VALUE + ")");
      }
      counts.add(count.asLong());
    }
    if (!list.isArray()) {
      throw new IllegalArgumentException(field + " " + list + " (expected: a list of integers)");
    }
    return counts;
  }

  /** The tensors in the order in which they lie in the file. */
  public SequencedMap<String, TensorInfo> tensors() {
    return tensors;
  }

  /** The names and texts that the writer attached. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** The names of the tensors in the order in which they lie in the file. */
  public List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  /**
   * The place and type of the tensor called {@code name}.
   *
   * @throws ModelFormatException if there is none
   */
  public TensorInfo info(String name) {
    TensorInfo info = tensors.get(name);
    if (info == null) {
      throw new ModelFormatException(file, "has no tensor '" + name + "'");
    }
    return info;
  }

  /** The bytes of the tensor called {@code name}, little-endian, read-only, valid until closed. */
  public MemorySegment segment(String name) {
    TensorInfo info = info(name);
    return data.asSlice(info.offset(), info.bytes());
  }

  /**
   * The tensor called {@code name}, copied to the heap and widened to float32.
   *
   * @throws ModelFormatException if there is none, it holds integers, or it is too large
   */
  public Tensor tensor(String name) {
    TensorInfo info = info(name);
    if (info.elements() > MAX_ELEMENTS
        || info.shape().stream().anyMatch(extent -> extent > MAX_ELEMENTS)) {
      throw new ModelFormatException(
          file,
          "tensor '"
              + name
              + "' has shape "
              + info.shape()
              + " (expected: at most "
              + MAX_ELEMENTS
              + " elements)");
    }
    MemorySegment source = segment(name);
    float[] values = new float[(int) info.elements()];
    switch (info.type()) {
      case F32 -> MemorySegment.copy(source, FLOAT, 0, values, 0, values.length);
      case F64 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) source.getAtIndex(DOUBLE, i);
        }
      }
      case F16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.float16ToFloat(source.getAtIndex(SHORT, i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.intBitsToFloat(source.getAtIndex(SHORT, i) << 16);
        }
      }
      case I64, I32, I16, I8, U64, U32, U16, U8, BOOL ->
          throw new ModelFormatException(
              file, "tensor '" + name + "' holds " + info.type() + " (expected: a float type)");
    }
    return new Tensor(info.shape().stream().map(Math::toIntExact).toList(), values);
  }

  /** Unmaps the file; segments become invalid. */
  @Override
  public void close() {
    arena.close();
  }
}
