package dev.offramp.server.experiment.count;

import dev.offramp.server.experiment.AuditedTier;
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
  private static final int TIER_AUDITED = 4;
  private static final int ARM_AUDITED = 5;
  private static final int PAIR_AUDITED = 6;

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
        case Event.TierAudited(AuditedTier tier, boolean disagreed) -> {
          out.writeByte(TIER_AUDITED);
          out.writeUTF(tier.model());
          out.writeUTF(tier.version());
          out.writeUTF(tier.tier());
          out.writeBoolean(disagreed);
        }
        case Event.ArmAudited(String experiment, String arm, boolean disagreed) -> {
          out.writeByte(ARM_AUDITED);
          out.writeUTF(experiment);
          out.writeUTF(arm);
          out.writeBoolean(disagreed);
        }
        case Event.PairAudited(String experiment, String arm, int difference) -> {
          out.writeByte(PAIR_AUDITED);
          out.writeUTF(experiment);
          out.writeUTF(arm);
          out.writeByte(difference);
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
        case TIER_AUDITED ->
            new Event.TierAudited(
                new AuditedTier(in.readUTF(), in.readUTF(), in.readUTF()), in.readBoolean());
        case ARM_AUDITED -> new Event.ArmAudited(in.readUTF(), in.readUTF(), in.readBoolean());
        case PAIR_AUDITED -> new Event.PairAudited(in.readUTF(), in.readUTF(), in.readByte());
        default ->
            throw new IllegalArgumentException("event: kind " + kind + " (expected: 1 to 6)");
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
