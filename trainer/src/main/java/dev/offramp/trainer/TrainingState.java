package dev.offramp.trainer;

import dev.offramp.trainer.data.FileFailure;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UTFDataFormatException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * All that a run must know to go on where it was killed, as one file.
 *
 * <p>Order and chance need no state: both are functions of the seed and the step. The file is
 * written beside its final place, forced to disk and renamed, so there is always a whole one.
 *
 * @param fingerprint the settings that the state belongs to
 * @param step steps done
 * @param thresholds the previous epoch's range of signals
 * @param seen the range of signals so far in this epoch; null at its start
 * @param lossSum the sum of the losses so far in this epoch
 * @param vectors the parameters, AdamW's two moments and, if kept, the averaged parameters
 */
@SuppressWarnings("ArrayRecordComponent") // Whole models: read once, written once, never compared.
record TrainingState(
    String fingerprint,
    long step,
    SignalRange thresholds,
    @Nullable SignalRange seen,
    double lossSum,
    float[][] vectors) {

  private static final int MAGIC = 0x4f54_5331; // "OTS1"
  private static final int BUFFER_BYTES = 1 << 20;

  void write(Path file) {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      // Not a channel: an interrupt, which asks training to stop, would close it half written.
      try (var bytes = new FileOutputStream(part.toFile());
          var raw = new BufferedOutputStream(bytes, BUFFER_BYTES)) {
        var checked = new CheckedOutputStream(raw, new CRC32());
        var out = new DataOutputStream(checked);
        writeBody(out);
        out.writeLong(checked.getChecksum().getValue());
        out.flush();
        bytes.getFD().sync();
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      deleteHalfWritten(part, e); // On a full disk it would hold the space that others need.
      throw new UncheckedIOException(
          "cannot write the training state " + FileFailure.reason(file, e), e);
    }
  }

  private static void deleteHalfWritten(Path part, IOException reason) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      reason.addSuppressed(e);
    }
  }

  private void writeBody(DataOutputStream out) throws IOException {
    out.writeInt(MAGIC);
    out.writeUTF(fingerprint);
    out.writeLong(step);
    writeRange(out, thresholds);
    out.writeBoolean(seen != null);
    if (seen != null) {
      writeRange(out, seen);
    }
    out.writeDouble(lossSum);
    out.writeInt(vectors.length);
    for (float[] vector : vectors) {
      out.writeInt(vector.length);
      var bytes = new byte[vector.length * Float.BYTES];
      ByteBuffer.wrap(bytes).asFloatBuffer().put(vector);
      out.write(bytes);
    }
  }

  /**
   * Reads a state.
   *
   * <p>Errors: {@link TrainingStateException} when the file is damaged.
   */
  static TrainingState read(Path file) {
    try (var raw = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
      var checked = new CheckedInputStream(raw, new CRC32());
      var in = new DataInputStream(checked);
      TrainingState state = readBody(in, file);
      long expected = checked.getChecksum().getValue();
      if (in.readLong() != expected) {
        throw TrainingStateException.damaged(file, "its checksum does not match");
      }
      return state;
    } catch (EOFException e) {
      throw TrainingStateException.damaged(file, "it ends too soon");
    } catch (UTFDataFormatException e) {
      throw TrainingStateException.damaged(file, "its settings are no text");
    } catch (IllegalArgumentException e) {
      throw TrainingStateException.damaged(file, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read the training state " + FileFailure.reason(file, e), e);
    }
  }

  /** What a state belongs to; errors as of {@link #read}, as far as that shows at its beginning. */
  static String fingerprint(Path file) {
    try (var in = new DataInputStream(Files.newInputStream(file))) {
      return readFingerprint(in, file);
    } catch (EOFException e) {
      throw TrainingStateException.damaged(file, "it ends too soon");
    } catch (UTFDataFormatException e) {
      throw TrainingStateException.damaged(file, "its settings are no text");
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot read the training state " + FileFailure.reason(file, e), e);
    }
  }

  private static String readFingerprint(DataInputStream in, Path file) throws IOException {
    if (in.readInt() != MAGIC) {
      throw TrainingStateException.damaged(file, "it is no training state");
    }
    return in.readUTF();
  }

  private static TrainingState readBody(DataInputStream in, Path file) throws IOException {
    String fingerprint = readFingerprint(in, file);
    long step = in.readLong();
    SignalRange thresholds = readRange(in);
    SignalRange seen = in.readBoolean() ? readRange(in) : null;
    double lossSum = in.readDouble();
    int count = in.readInt();
    if (count < 0 || count > 4) {
      throw TrainingStateException.damaged(file, "it claims " + count + " vectors");
    }
    var vectors = new float[count][];
    for (int i = 0; i < vectors.length; i++) {
      int length = in.readInt();
      if (length < 0 || (long) length * Float.BYTES > Files.size(file)) {
        throw TrainingStateException.damaged(file, "it claims a vector of " + length + " numbers");
      }
      vectors[i] = new float[length];
      byte[] bytes = in.readNBytes(length * Float.BYTES);
      if (bytes.length < length * Float.BYTES) {
        throw new EOFException();
      }
      ByteBuffer.wrap(bytes).asFloatBuffer().get(vectors[i]);
    }
    return new TrainingState(fingerprint, step, thresholds, seen, lossSum, vectors);
  }

  private static void writeRange(DataOutputStream out, SignalRange range) throws IOException {
    out.writeDouble(range.low());
    out.writeDouble(range.high());
  }

  private static SignalRange readRange(DataInputStream in) throws IOException {
    return new SignalRange(in.readDouble(), in.readDouble());
  }
}
