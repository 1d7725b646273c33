package io.compot.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A small disk of its own that can break: the system then turns it read-only under open files, as
 * it does with a disk that reports errors. Tests are skipped with a message where that cannot be
 * had.
 */
public final class Ext4 implements AutoCloseable {

  private final Path image;
  private final Path folder;

  private Ext4(Path image, Path folder) {
    this.image = image;
    this.folder = folder;
  }

  /**
   * Mounts one.
   *
   * @param folder where it appears; its image lies beside it
   */
  public static Ext4 mount(Path folder, long bytes) throws IOException {
    Files.createDirectories(folder);
    Path image = folder.resolveSibling(folder.getFileName() + ".image");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(bytes);
    }
    assumeTrue(
        Command.run("mke2fs", "-q", "-F", "-t", "ext4", image.toString()),
        "skipped: no ext4 file system can be made here");
    var disk = new Ext4(image, folder);
    disk.mount();
    return disk;
  }

  private void mount() {
    assumeTrue(
        Command.run("mount", "-o", "loop,errors=remount-ro", image.toString(), folder.toString()),
        "skipped: mounting a file system is not permitted here");
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  /** An error of the disk: from now on nothing can be written. */
  public void breakDown() {
    Path trigger = Path.of("/sys/fs/ext4", device(), "trigger_fs_error");
    assumeTrue(Files.exists(trigger), "skipped: this kernel breaks no file systems on demand");
    try {
      Files.writeString(trigger, "1");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String device() {
    try (var mounts = Files.lines(Path.of("/proc/mounts"))) {
      return mounts
          .map(line -> line.split(" ", 3))
          .filter(parts -> parts[1].equals(folder.toAbsolutePath().toString()))
          .map(parts -> parts[0].replace("/dev/", ""))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Somebody has looked after it: it is as it was when it broke, and can be written. */
  public void repair() {
    assumeTrue(Command.run("umount", folder.toString()), "skipped: it cannot be unmounted");
    mount();
  }

  @Override
  public void close() {
    Command.run("umount", "-l", folder.toString());
  }
}
