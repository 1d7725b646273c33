package io.compot.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small file system of its own, for disks that are full or read-only. Tests are skipped with a
 * message where mounting is not permitted.
 */
public final class Tmpfs implements AutoCloseable {

  private final Path folder;

  private Tmpfs(Path folder) {
    this.folder = folder;
  }

  /** Mounts one. */
  public static Tmpfs mount(Path folder, long bytes) throws IOException {
    Files.createDirectories(folder);
    assumeTrue(
        Command.run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs", folder.toString()),
        "skipped: mounting a file system is not permitted here");
    return new Tmpfs(folder);
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  /** Takes all its room but so many bytes, to the page. */
  public Path fill(long left) {
    Path filler = folder.resolve("filler");
    try (var out = Files.newOutputStream(filler)) {
      long size = Files.getFileStore(folder).getUsableSpace() - left;
      byte[] chunk = new byte[1 << 16];
      for (long done = 0; done < size; done += chunk.length) {
        out.write(chunk, 0, (int) Math.min(chunk.length, size - done));
      }
      return filler;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nothing can be written any more. */
  public void makeReadOnly() {
    remount("ro");
  }

  /** Gives it another option of mount. */
  public void remount(String option) {
    assumeTrue(
        Command.run("mount", "-o", "remount," + option, folder.toString()),
        "skipped: a file system cannot be mounted anew here");
  }

  @Override
  public void close() {
    Command.run("umount", "-l", folder.toString());
  }
}
