package dev.offramp.server.experiment.count;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/*
 * A record is a header of two ints, its length and the checksum of its bytes, then the bytes, filled
 * up to a multiple of 8. Its length is written last, so a record is there whole or not at all for one
 * who reads while others write. What a process had reserved and not written when it was killed stays
 * zero: in a segment that nobody writes to any more, a reader goes on by 8 bytes until a record's
 * checksum is right.
 *
 * The file is filled with zeros before it is mapped: a write to a hole of a file on a full disk would
 * end the process.
 */

/**
 * A file of records that is written through memory: what has been written survives the process.
 *
 * <p>Threading: any number of threads write, without locks; one reads. Ownership: {@link #close}
 * unmaps it, once nobody writes to it.
 */
final class Segment implements AutoCloseable {

  /** What {@link #append} says when there is no room. */
  static final int FULL = -1;

  private static final int HEADER = 8;
  private static final int END = -1;
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  private final Path file;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final AtomicLong reserved = new AtomicLong();

  private Segment(Path file) throws IOException {
    this.file = file;
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      memory = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size(), arena);
    } catch (IOException | RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** A new one of this size, a multiple of 8. */
  static Segment create(Path file, int size) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      var zeros = ByteBuffer.allocate(size);
      while (zeros.hasRemaining()) {
        channel.write(zeros);
      }
    } catch (IOException e) {
      Files.deleteIfExists(file);
      throw e;
    }
    return new Segment(file);
  }

  /** One that another process wrote, to be read. */
  static Segment open(Path file) throws IOException {
    return new Segment(file);
  }

  /** The size that a record takes. */
  static int sizeOf(byte[] record) {
    return (HEADER + record.length + 7) & ~7;
  }

  /** Writes a record; {@link #FULL} if it does not fit, and from then on nothing does. */
  int append(byte[] record) {
    int size = sizeOf(record);
    long at = reserved.getAndAdd(size);
    if (at + size > memory.byteSize()) {
      if (at < memory.byteSize()) {
        INT.setRelease(memory, at, END); // The first that does not fit: here it ends.
      }
      return FULL;
    }
    MemorySegment.copy(record, 0, memory, ValueLayout.JAVA_BYTE, at + HEADER, record.length);
    memory.set(ValueLayout.JAVA_INT, at + 4, checksum(record));
    INT.setRelease(memory, at, record.length);
    return size;
  }

  /** A record, where the next begins; or where it ends, or has to be waited for. */
  sealed interface Read {
    /** A record. */
    record Found(ByteBuffer bytes, long next) implements Read {}

    /** Nothing more will come. */
    record End() implements Read {}

    /** The next is not written yet. */
    record Wait() implements Read {}
  }

  /**
   * Reads the record at a place.
   *
   * @param sealed whether nobody writes to it any more: what was left unwritten is skipped
   */
  Read read(long from, boolean sealed) {
    for (long at = from; at + HEADER <= memory.byteSize(); at += 8) {
      int length = (int) INT.getAcquire(memory, at);
      if (length == END) {
        return new Read.End();
      }
      if (length > 0 && at + HEADER + length <= memory.byteSize()) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, at + HEADER, bytes, 0, length);
        if (checksum(bytes) == memory.get(ValueLayout.JAVA_INT, at + 4)) {
          return new Read.Found(ByteBuffer.wrap(bytes), at + sizeOf(bytes));
        }
      }
      if (!sealed) {
        return new Read.Wait();
      }
    }
    return new Read.End();
  }

  private static int checksum(byte[] record) {
    var crc = new CRC32C();
    crc.update(record);
    return (int) crc.getValue();
  }

  /** Waits until what was written is on disk, for the case that the machine fails. */
  void force() {
    memory.force();
  }

  /** Unmaps it and deletes the file. */
  void delete() throws IOException {
    close();
    Files.deleteIfExists(file);
  }

  @Override
  public void close() {
    arena.close();
  }
}
