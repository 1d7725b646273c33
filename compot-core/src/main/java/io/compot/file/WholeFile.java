package io.compot.file;

import io.compot.error.FailureException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that appears whole or not at all. It grows under another name beside its place and gets
 * its own name in {@link #finish()}, when everything is on disk; {@link #close()} without that
 * leaves nothing behind.
 */
public final class WholeFile implements AutoCloseable {

  /** Well below the 2 GiB that one call can take. */
  private static final long CHUNK = 64L << 20;

  private final Path file;
  private final Path partial;
  private final FileChannel channel;
  private boolean finished;

  /**
   * Begins the file.
   *
   * @throws FailureException where nothing can be written there
   */
  public WholeFile(Path file) throws FailureException {
    this.file = file;
    this.partial = file.resolveSibling("." + file.getFileName() + ".partial");
    try {
      channel =
          FileChannel.open(
              partial,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Writes bytes at a place of the file; what lies between places that were written is zero. */
  public void write(long position, MemorySegment bytes) throws FailureException {
    for (long done = 0; done < bytes.byteSize(); done += CHUNK) {
      MemorySegment part = bytes.asSlice(done, Math.min(CHUNK, bytes.byteSize() - done));
      write(position + done, buffer(part));
    }
  }

  /** Writes what remains in a buffer at a place of the file. */
  public void write(long position, ByteBuffer bytes) throws FailureException {
    try {
      long at = position;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Makes the file at least so long, with zeros. */
  public void extend(long size) throws FailureException {
    try {
      if (channel.size() < size) {
        channel.write(ByteBuffer.wrap(new byte[1]), size - 1);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Brings the file to disk and under its name. */
  public void finish() throws FailureException {
    try {
      channel.force(true);
      channel.close();
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw failed(e);
    }
    finished = true;
  }

  /** Removes what was written, unless it was finished. */
  @Override
  public void close() {
    if (!finished) {
      try {
        channel.close();
        Files.deleteIfExists(partial);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static ByteBuffer buffer(MemorySegment bytes) {
    return bytes.isNative()
        ? bytes.asByteBuffer()
        : ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE));
  }

  private FailureException failed(IOException e) {
    return new FailureException(
        file + ": cannot be written (" + e.getMessage() + "); check space and permissions", e);
  }
}
