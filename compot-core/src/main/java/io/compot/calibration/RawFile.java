package io.compot.calibration;

import io.compot.error.FailureException;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file of numbers and nothing else, of our own. It is read and not mapped, so that one that
 * shrinks is an error and no signal.
 */
final class RawFile implements AutoCloseable {

  private static final long CHUNK = 64L << 20;

  private final Path file;
  private final String what;
  private final FileChannel channel;

  private RawFile(Path file, String what, FileChannel channel) {
    this.file = file;
    this.what = what;
    this.channel = channel;
  }

  /**
   * Opens it.
   *
   * @param bytes its size
   * @param what lies in it, for messages
   * @throws FailureException where it cannot be read or has another size
   */
  static RawFile open(Path file, long bytes, String what) throws FailureException {
    try {
      if (Files.size(file) != bytes) {
        throw new FailureException(
            "%s: %s of %d bytes where %d were expected; run again with --resume never"
                .formatted(file, what, Files.size(file), bytes));
      }
      return new RawFile(file, what, FileChannel.open(file, StandardOpenOption.READ));
    } catch (IOException e) {
      throw unreadable(file, what, e);
    }
  }

  /** Fills memory with what stands at a position and behind it. */
  void read(MemorySegment into, long position) throws FailureException {
    try {
      for (long done = 0; done < into.byteSize(); done += CHUNK) {
        ByteBuffer part =
            into.asSlice(done, Math.min(CHUNK, into.byteSize() - done)).asByteBuffer();
        while (part.hasRemaining()) {
          if (channel.read(part, position + done + part.position()) < 0) {
            throw new EOFException("it has become shorter");
          }
        }
      }
    } catch (IOException e) {
      throw unreadable(file, what, e);
    }
  }

  private static FailureException unreadable(Path file, String what, IOException e) {
    return new FailureException(
        "%s: %s cannot be read back (%s); run again".formatted(file, what, e.getMessage()), e);
  }

  /** Removes it: nobody needs it any more. */
  void delete() throws FailureException {
    close();
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new FailureException(
          file + ": cannot be removed (" + e.getMessage() + "); check permissions", e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It was only read.
    }
  }
}
