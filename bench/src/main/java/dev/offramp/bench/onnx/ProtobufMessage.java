package dev.offramp.bench.onnx;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A Protocol Buffers message under construction, field by field, without generated code.
 *
 * <p>Threading: one thread.
 */
final class ProtobufMessage {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CodedOutputStream out = CodedOutputStream.newInstance(bytes);

  /** Appends a varint field. */
  ProtobufMessage integer(int field, long value) {
    return write(() -> out.writeInt64(field, value));
  }

  /** Appends a fixed 32 bit field. */
  ProtobufMessage number(int field, float value) {
    return write(() -> out.writeFloat(field, value));
  }

  /** Appends a string field. */
  ProtobufMessage text(int field, String value) {
    return write(() -> out.writeString(field, value));
  }

  /** Appends a bytes field. */
  ProtobufMessage bytes(int field, byte[] value) {
    return write(() -> out.writeByteArray(field, value));
  }

  /** Appends {@code value} as a nested message; one that is changed later is not changed here. */
  ProtobufMessage message(int field, ProtobufMessage value) {
    return bytes(field, value.toBytes());
  }

  /** The message on the wire. */
  byte[] toBytes() {
    write(out::flush);
    return bytes.toByteArray();
  }

  private ProtobufMessage write(Field field) {
    try {
      field.write();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }

  private interface Field {
    void write() throws IOException;
  }
}
