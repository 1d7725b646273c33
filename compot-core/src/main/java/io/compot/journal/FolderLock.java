package io.compot.journal;

import io.compot.error.FailureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The right to a folder, held by one process at a time through a lock on a file in it, which the
 * system gives back when the process ends, however it ends. The file says who holds it.
 */
final class FolderLock implements AutoCloseable {

  static final String NAME = "lock";

  /** Behind the text, so that systems whose locks are mandatory still let it be read. */
  private static final long POSITION = Long.MAX_VALUE - 1;

  private static final int ATTEMPTS = 100;

  private final Path file;
  private final FileChannel channel;

  private FolderLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the folder, which is made if it is not there.
   *
   * @param what stands there, for the error: the output's name
   * @throws FailureException saying who holds it, where somebody does
   */
  static FolderLock take(Path folder, Path what) throws FailureException {
    Path file = folder.resolve(NAME);
    try {
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Files.createDirectories(folder);
        FolderLock lock = attempt(file, what);
        if (lock != null) {
          return lock;
        }
      }
    } catch (IOException e) {
      throw new FailureException(
          folder + ": cannot be created (" + e.getMessage() + "); check space and permissions", e);
    }
    throw new FailureException(what + ": others begin and end work on it all the time; try again");
  }

  /** Null where the file was removed by its last holder in the meantime. */
  private static @Nullable FolderLock attempt(Path file, Path what)
      throws IOException, FailureException {
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (NoSuchFileException e) {
      return null;
    }
    boolean mine = false;
    try {
      FileLock lock = tryLock(channel);
      if (lock == null) {
        throw new FailureException(
            "%s: another process is at work on it: %s; wait for it, or name another output"
                .formatted(what, read(file)));
      }
      String me =
          "process %d on %s since %s (%s)"
              .formatted(
                  ProcessHandle.current().pid(),
                  host(),
                  Instant.now().truncatedTo(ChronoUnit.SECONDS),
                  UUID.randomUUID());
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(me.getBytes(StandardCharsets.UTF_8)), 0);
      mine = me.equals(readAll(file));
      return mine ? new FolderLock(file, channel) : null;
    } finally {
      if (!mine) {
        channel.close();
      }
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock(POSITION, 1, false);
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static String read(Path file) {
    String text = readAll(file);
    int token = text.lastIndexOf(" (");
    return token > 0 ? text.substring(0, token) : "one that has not said which";
  }

  private static String readAll(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "";
    }
  }

  private static String host() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      String name = System.getenv("COMPUTERNAME");
      return name == null ? "this machine" : name;
    }
  }

  /** Removes the file: whoever waits for it notices and makes its own. */
  void remove() throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The system has the lock back all the same.
    }
  }
}
