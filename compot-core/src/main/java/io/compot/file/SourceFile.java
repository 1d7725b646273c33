package io.compot.file;

import io.compot.error.InputException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file that is read here and there over hours and must stay what it was. Every read goes into
 * memory of the caller's: a mapped file that somebody shortens would end the whole program with
 * SIGBUS, and a bad sector too; here either is an error. After each read the file's size, time of
 * modification and identity are held against those of the moment it was opened.
 */
public final class SourceFile implements AutoCloseable {

  /** Well below the 2 GiB that one call can take. */
  private static final long CHUNK = 64L << 20;

  private static final String ADVICE =
      "let nothing write into the folder while it is read, and run the command again";

  private final Path file;
  private final FileChannel channel;
  private final State opened;

  private SourceFile(Path file, FileChannel channel, State opened) {
    this.file = file;
    this.channel = channel;
    this.opened = opened;
  }

  /** What tells a file from a later one of the same name. */
  private record State(long size, FileTime modified, @Nullable Object key) {

    static State of(Path file) throws IOException {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new State(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
    }

    /** What is not as it was, or null. */
    @Nullable String difference(State now) {
      if (now.size != size) {
        return "it had %d bytes when it was opened and has %d now".formatted(size, now.size);
      }
      if (!Objects.equals(now.key, key)) {
        return "another file has taken its place since it was opened";
      }
      return now.modified.equals(modified)
          ? null
          : "it was modified at %s, after it was opened".formatted(now.modified);
    }
  }

  /**
   * Opens the file.
   *
   * @throws InputException where it cannot be read
   */
  public static SourceFile open(Path file) throws InputException {
    try {
      // The state comes first: what replaces the file in between is then seen as a difference.
      State state = State.of(file);
      return new SourceFile(file, FileChannel.open(file, StandardOpenOption.READ), state);
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** Bytes, when it was opened. */
  public long size() {
    return opened.size();
  }

  /**
   * Fills a native segment.
   *
   * @throws InputException where the file cannot be read, is too short by now, or has changed
   */
  public void read(long position, MemorySegment into) throws InputException {
    try {
      for (long done = 0; done < into.byteSize(); done += CHUNK) {
        long length = Math.min(CHUNK, into.byteSize() - done);
        fill(into.asSlice(done, length).asByteBuffer(), position + done);
      }
      check();
    } catch (IOException e) {
      throw InputException.unreadable(file, e);
    }
  }

  private void fill(ByteBuffer buffer, long position) throws IOException, InputException {
    long at = position;
    while (buffer.hasRemaining()) {
      int count = channel.read(buffer, at);
      if (count < 0) {
        check();
        throw changed("it ends at byte %d, before its data does".formatted(at));
      }
      at += count;
    }
  }

  private void check() throws IOException, InputException {
    try {
      String difference = opened.difference(State.of(file));
      if (difference != null) {
        throw changed(difference);
      }
    } catch (NoSuchFileException _) {
      throw changed("it is no longer there");
    }
  }

  private InputException changed(String how) {
    return InputException.in(file, "the file changed while it was in use: " + how, ADVICE);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing was written, so nothing can be lost.
    }
  }
}
