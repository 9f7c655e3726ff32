package dev.offramp.server.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.offramp.server.refusal.Refusal;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * A request as it came: a message, or bytes that are none.
 *
 * <p>gRPC's own marshaller turns what it cannot parse, such as text that is not UTF-8, into a fault
 * of the server before any handler sees it. Here the handler asks for the message, and a bad one is
 * refused like any other bad input.
 */
sealed interface Incoming<T> {

  /**
   * The message.
   *
   * @throws Refusal if the bytes were none
   */
  T message();

  /** Its size in bytes; the largest number if it came compressed. */
  int bytes();

  /** A message that could be parsed. */
  record Parsed<T>(T message, int bytes) implements Incoming<T> {}

  /** Bytes that could not. */
  record Malformed<T>(String reason, int bytes) implements Incoming<T> {
    @Override
    public T message() {
      throw Refusal.invalid(
          "request: " + reason + " (expected: a message of offramp.v1, its texts in UTF-8)");
    }
  }

  private static int size(InputStream stream) {
    try {
      return stream instanceof KnownLength ? stream.available() : Integer.MAX_VALUE;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads requests of one type. The server only ever reads them. */
  static <T extends MessageLite> Marshaller<Incoming<T>> marshaller(Parser<T> parser) {
    return new Marshaller<>() {
      @Override
      public Incoming<T> parse(InputStream stream) {
        int bytes = size(stream);
        try {
          return new Parsed<>(parser.parseFrom(stream), bytes);
        } catch (InvalidProtocolBufferException e) {
          return new Malformed<>(String.valueOf(e.getMessage()), bytes);
        }
      }

      @Override
      public InputStream stream(Incoming<T> request) {
        throw new UnsupportedOperationException("a server sends no requests");
      }
    };
  }
}
