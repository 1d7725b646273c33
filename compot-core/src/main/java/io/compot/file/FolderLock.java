package io.compot.file;

import io.compot.error.FailureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The right to a folder, held by one process at a time through a lock on a file in it, which the
 * system gives back when the process ends, however it ends. The file says who holds it.
 *
 * <p>POSIX takes a process's lock away when the process closes any descriptor of the file. So while
 * this process holds a lock, nothing in it opens that file: not to check what it has written, and
 * not for a second try, which is why this process's own locks are known by name.
 */
public final class FolderLock implements AutoCloseable {

  public static final String NAME = "lock";

  /** Behind the text, so that systems whose locks are mandatory still let it be read. */
  private static final long POSITION = Long.MAX_VALUE - 1;

  private static final int ATTEMPTS = 100;
  private static final char END = '\n';

  /** Padding of at most so many bytes tells the file from any other that was there. */
  private static final int PADDING = 1 << 16;

  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

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
  public static FolderLock take(Path folder, Path what) throws FailureException {
    Path file = folder.toAbsolutePath().normalize().resolve(NAME);
    if (!HELD_HERE.add(file)) {
      throw held(what, "process %d, this very one".formatted(ProcessHandle.current().pid()));
    }
    FolderLock lock = null;
    try {
      for (int attempt = 0; lock == null && attempt < ATTEMPTS; attempt++) {
        Files.createDirectories(folder);
        lock = attempt(file, what);
      }
    } catch (IOException e) {
      throw new FailureException(
          folder + ": cannot be created (" + e.getMessage() + "); check space and permissions", e);
    } finally {
      if (lock == null) {
        HELD_HERE.remove(file);
      }
    }
    if (lock == null) {
      throw new FailureException(
          what + ": others begin and end work on it all the time; try again");
    }
    return lock;
  }

  private static FailureException held(Path what, String holder) {
    return new FailureException(
        "%s: another process is at work on it: %s; wait for it, or name another output"
            .formatted(what, holder));
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
      FileLock lock = channel.tryLock(POSITION, 1, false);
      if (lock == null) {
        throw held(what, holder(file));
      }
      String me =
          "process %d on %s since %s"
              .formatted(
                  ProcessHandle.current().pid(),
                  host(),
                  Instant.now().truncatedTo(ChronoUnit.SECONDS));
      byte[] text = (me + END).getBytes(StandardCharsets.UTF_8);
      int size = text.length + ThreadLocalRandom.current().nextInt(PADDING);
      channel.truncate(0);
      ByteBuffer padded = ByteBuffer.wrap(Arrays.copyOf(text, size));
      while (padded.hasRemaining()) {
        channel.write(padded, padded.position());
      }
      // Whether this is the file that stands there, or one that its last holder has removed.
      mine = Files.exists(file) && Files.size(file) == size;
      return mine ? new FolderLock(file, channel) : null;
    } finally {
      if (!mine) {
        channel.close();
      }
    }
  }

  /** Reads a file that another process holds. */
  private static String holder(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      int end = text.indexOf(END);
      return end > 0 ? text.substring(0, end) : "one that has not said which";
    } catch (IOException e) {
      return "one that has just ended";
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
  public void remove() throws IOException {
    Files.deleteIfExists(file);
  }

  @Override
  public void close() {
    try {
      channel.close();
      HELD_HERE.remove(file);
    } catch (IOException e) {
      // The system has the lock back all the same.
    }
  }
}
