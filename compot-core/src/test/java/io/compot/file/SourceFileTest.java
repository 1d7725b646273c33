package io.compot.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.InputException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that does not stay what it was is refused by name, and never takes the program down. */
class SourceFileTest {

  private static final int SIZE = 1 << 20;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void makeFile() throws IOException {
    file = folder.resolve("w");
    byte[] content = new byte[SIZE];
    for (int i = 0; i < SIZE; i++) {
      content[i] = (byte) (i * 31);
    }
    Files.write(file, content);
    // Old enough for any later write to show in the time, however coarse that is.
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
  }

  @FunctionalInterface
  private interface Change {
    void make() throws IOException;
  }

  @Test
  void readsWhatIsThere() throws Exception {
    try (SourceFile source = SourceFile.open(file);
        var arena = Arena.ofConfined()) {
      var part = arena.allocate(1000);
      source.read(SIZE - 1000, part);
      assertThat(part.get(ValueLayout.JAVA_BYTE, 999)).isEqualTo((byte) ((SIZE - 1) * 31));
      source.read(0, arena.allocate(SIZE));
    }
  }

  @Test
  void refusesAFileThatBecameShorter() throws Exception {
    refusedAfter(() -> setLength(SIZE / 2), 0, "had 1048576 bytes", "has 524288 now");
  }

  @Test
  void refusesAFileThatBecameShorterBehindThePartThatIsRead() throws Exception {
    refusedAfter(() -> setLength(SIZE - 1), 0, "has 1048575 now");
  }

  @Test
  void refusesAnEmptiedFile() throws Exception {
    refusedAfter(() -> setLength(0), SIZE - 1000, "has 0 now");
  }

  @Test
  void refusesAFileThatGrew() throws Exception {
    refusedAfter(
        () -> Files.write(file, new byte[1], StandardOpenOption.APPEND), 0, "has 1048577 now");
  }

  @Test
  void refusesAFileThatWasWrittenInPlace() throws Exception {
    refusedAfter(() -> Files.write(file, new byte[SIZE]), 0, "was modified at");
  }

  @Test
  void refusesAFileThatWasReplacedByOneOfTheSameSizeAndTime() throws Exception {
    Path other = Files.write(folder.resolve("other"), new byte[SIZE]);
    Files.setLastModifiedTime(other, Files.getLastModifiedTime(file));
    refusedAfter(() -> Files.move(other, file, StandardCopyOption.ATOMIC_MOVE), 0, "another file");
  }

  @Test
  void refusesAFileThatIsGone() throws Exception {
    refusedAfter(() -> Files.delete(file), 0, "no longer there");
  }

  private void setLength(long length) throws IOException {
    try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.setLength(length);
    }
  }

  private void refusedAfter(Change change, long position, String... mentions) throws Exception {
    try (SourceFile source = SourceFile.open(file);
        var arena = Arena.ofConfined()) {
      change.make();
      var part = arena.allocate(1000);
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> source.read(position, part))
          .withMessageContainingAll(mentions)
          .satisfies(e -> assertThat(e.getMessage()).startsWith(file.toString()).hasLineCount(1));
    }
  }
}
