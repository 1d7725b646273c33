package io.compot.journal;

import io.compot.error.FailureException;
import io.compot.file.Sha256;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.UUID;

/**
 * A file that grows beside its place, by plain writes so that a full disk is an error and no
 * signal, and gets its name when everything is on disk.
 */
public final class ObjectFile implements AutoCloseable {

  private static final long CHUNK = 64L << 20;

  private final Path file;
  private final Path partial;
  private final boolean durable;
  private final FileChannel channel;
  private final MessageDigest digest = Sha256.begin();
  private long nanoseconds;
  private boolean finished;

  private ObjectFile(Path file, Path partial, boolean durable, FileChannel channel) {
    this.file = file;
    this.partial = partial;
    this.durable = durable;
    this.channel = channel;
  }

  /** What was written. */
  public record Written(String sha256, long bytes) {}

  static ObjectFile create(Path file, boolean durable) throws FailureException {
    Path partial = file.resolveSibling("." + file.getFileName() + ".partial");
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      return begin(file, partial, durable);
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /**
   * A file that several processes may write at once, all of them the same bytes: each grows by
   * itself, and takes the place of one that was there before. Its folder is there.
   */
  public static ObjectFile shared(Path file) throws FailureException {
    return begin(file, unshared(file), true);
  }

  /** A name beside a file that no other process has. */
  public static Path unshared(Path file) {
    return file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".partial");
  }

  private static ObjectFile begin(Path file, Path partial, boolean durable)
      throws FailureException {
    try {
      var channel =
          FileChannel.open(
              partial,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      return new ObjectFile(file, partial, durable, channel);
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /** Adds bytes at the end. */
  public void write(ByteBuffer bytes) throws FailureException {
    long start = System.nanoTime();
    try {
      if (durable) {
        digest.update(bytes.duplicate());
      }
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw failed(file, e);
    }
    nanoseconds += System.nanoTime() - start;
  }

  /** Adds memory of any size. */
  public void write(MemorySegment bytes) throws FailureException {
    for (long done = 0; done < bytes.byteSize(); done += CHUNK) {
      write(bytes.asSlice(done, Math.min(CHUNK, bytes.byteSize() - done)).asByteBuffer());
    }
  }

  /** {@linkplain #finish Finishes} a file that others may write, and says what is in it. */
  public Written publish() throws FailureException {
    try {
      finish();
      return new Written(sha256(), Files.size(file));
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /** Brings the file to disk and under its name. */
  void finish() throws FailureException {
    long start = System.nanoTime();
    try {
      if (durable) {
        channel.force(true);
      }
      channel.close();
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw failed(file, e);
    }
    finished = true;
    nanoseconds += System.nanoTime() - start;
  }

  /** Of all that was written, in lower-case hexadecimal; once, when it is finished. */
  String sha256() {
    return HexFormat.of().formatHex(digest.digest());
  }

  long nanoseconds() {
    return nanoseconds;
  }

  Path file() {
    return file;
  }

  /** Removes what was written, unless it was finished. */
  @Override
  public void close() throws FailureException {
    if (!finished) {
      try {
        channel.close();
        Files.deleteIfExists(partial);
      } catch (IOException e) {
        throw failed(file, e);
      }
    }
  }

  private static FailureException failed(Path file, IOException e) {
    return new FailureException(
        file + ": cannot be written (" + e.getMessage() + "); check space and permissions", e);
  }
}
