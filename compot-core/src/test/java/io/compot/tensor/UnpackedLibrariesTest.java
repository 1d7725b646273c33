package io.compot.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.FailureException;
import io.compot.testing.Tmpfs;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders that native libraries cannot be unpacked into, or not run from. */
class UnpackedLibrariesTest {

  private static final long NEEDED = 100_000_000;

  @TempDir private Path folder;

  @Test
  void roomToWriteAndRunIsEnough() {
    assertThat(UnpackedLibraries.obstacle(folder.resolve("new"), 1)).isNull();
    assertThat(folder.resolve("new")).isEmptyDirectory();
  }

  @Test
  void tooLittleRoomIsSaidUnlessTheyAreThere() throws Exception {
    try (Tmpfs disk = Tmpfs.mount(folder.resolve("small"), 16_000_000)) {
      assertThat(UnpackedLibraries.obstacle(disk.folder(), NEEDED)).matches("has room for 1\\d MB");
      Path inside = Files.createDirectories(disk.folder().resolve("torch.jar"));
      Files.createFile(inside.resolve("libtorch_cpu.so"));
      assertThat(UnpackedLibraries.obstacle(disk.folder(), NEEDED)).isNull();
    }
  }

  @Test
  void readOnlyIsSaid() throws Exception {
    try (Tmpfs disk = Tmpfs.mount(folder.resolve("fixed"), 200_000_000)) {
      disk.makeReadOnly();
      assertThat(UnpackedLibraries.obstacle(disk.folder(), NEEDED))
          .isEqualTo("cannot be written (read-only file system)");
    }
  }

  @Test
  void noexecIsSaid() throws Exception {
    try (Tmpfs disk = Tmpfs.mount(folder.resolve("data"), 200_000_000)) {
      disk.remount("noexec");
      assertThat(UnpackedLibraries.obstacle(disk.folder(), NEEDED)).contains("noexec");
    }
  }

  @Test
  void whatWasNamedIsTheOnlyChoice() {
    String before = System.getProperty(UnpackedLibraries.PROPERTY);
    System.setProperty(UnpackedLibraries.PROPERTY, "/proc/nowhere");
    try {
      assertThatThrownBy(UnpackedLibraries::choose)
          .isInstanceOf(FailureException.class)
          .hasMessageContainingAll("/proc/nowhere", UnpackedLibraries.VARIABLE, "480 MB");
    } finally {
      if (before == null) {
        System.clearProperty(UnpackedLibraries.PROPERTY);
      } else {
        System.setProperty(UnpackedLibraries.PROPERTY, before);
      }
    }
  }
}
