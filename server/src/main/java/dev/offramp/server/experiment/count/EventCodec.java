package dev.offramp.server.experiment.count;

import dev.offramp.server.experiment.Outcome;
import dev.offramp.server.experiment.UnitKind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Events as bytes in a journal: a kind, then its fields in order. New kinds get new numbers. */
final class EventCodec {

  private static final int EXPOSED = 1;
  private static final int NOT_APPLIED = 2;
  private static final int REPORTED = 3;

  static byte[] write(Event event) {
    var bytes = new ByteArrayOutputStream(96);
    try (var out = new DataOutputStream(bytes)) {
      switch (event) {
        case Event.Exposed(
                String experiment,
                String arm,
                String unit,
                int depth,
                long nanos,
                long millis) -> {
          out.writeByte(EXPOSED);
          out.writeUTF(experiment);
          out.writeUTF(arm);
          out.writeUTF(unit);
          out.writeInt(depth);
          out.writeLong(nanos);
          out.writeLong(millis);
        }
        case Event.NotApplied(String experiment, String arm, Event.Why why) -> {
          out.writeByte(NOT_APPLIED);
          out.writeUTF(experiment);
          out.writeUTF(arm);
          out.writeUTF(why.name());
        }
        case Event.Reported(Outcome outcome) -> {
          out.writeByte(REPORTED);
          out.writeUTF(outcome.kind().name());
          out.writeUTF(outcome.subject());
          out.writeUTF(outcome.name());
          out.writeDouble(outcome.value());
          out.writeUTF(outcome.reportId());
          out.writeLong(ChronoUnit.MICROS.between(Instant.EPOCH, outcome.at()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Only of texts beyond 64 KiB, which are refused before.
    }
    return bytes.toByteArray();
  }

  /**
   * The event of these bytes.
   *
   * @throws IllegalArgumentException if they are none
   */
  static Event read(byte[] bytes) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int kind = in.readByte();
      return switch (kind) {
        case EXPOSED ->
            new Event.Exposed(
                in.readUTF(),
                in.readUTF(),
                in.readUTF(),
                in.readInt(),
                in.readLong(),
                in.readLong());
        case NOT_APPLIED ->
            new Event.NotApplied(in.readUTF(), in.readUTF(), Event.Why.valueOf(in.readUTF()));
        case REPORTED -> new Event.Reported(outcome(in));
        default ->
            throw new IllegalArgumentException("event: kind " + kind + " (expected: 1 to 3)");
      };
    } catch (IOException e) {
      throw new IllegalArgumentException("event: too short (expected: all of its fields)", e);
    }
  }

  private static Outcome outcome(DataInputStream in) throws IOException {
    UnitKind kind = UnitKind.valueOf(in.readUTF());
    String subject = in.readUTF();
    String name = in.readUTF();
    double value = in.readDouble();
    String reportId = in.readUTF();
    return new Outcome(
        kind, subject, name, value, reportId, Instant.EPOCH.plus(in.readLong(), ChronoUnit.MICROS));
  }

  private EventCodec() {}
}
