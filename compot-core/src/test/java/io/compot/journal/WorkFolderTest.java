package io.compot.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.testing.Tmpfs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is recorded is there for the next process; what is not whole never counts. */
class WorkFolderTest {

  private static final Fingerprint SAME =
      new Fingerprint(Map.of("model.safetensors", "abc"), Map.of("ratio", "0.2"));

  private record Content(String content) {}

  @TempDir private Path folder;

  private Path target() {
    return folder.resolve("out");
  }

  private WorkFolder begun(Fingerprint fingerprint, Resume resume) throws CompotException {
    WorkFolder work = WorkFolder.take(target());
    boolean begun = false;
    try {
      work.begin("compress", fingerprint, resume);
      begun = true;
      return work;
    } finally {
      if (!begun) {
        work.close();
      }
    }
  }

  private void leave(String... names) throws Exception {
    try (WorkFolder work = begun(SAME, Resume.AUTO)) {
      for (String name : names) {
        work.write(name, new Content(name), name.length());
      }
    }
  }

  private Path journal() {
    return WorkFolder.beside(target()).resolve(Journal.NAME);
  }

  /** Half of a record that found no room must not stand before one that did. */
  @Test
  void aRecordThatFindsNoRoomLeavesNothing() throws Exception {
    try (Tmpfs disk = Tmpfs.mount(folder.resolve("disk"), 1 << 20)) {
      Path out = disk.folder().resolve("out");
      String much = "x".repeat(20_000);
      try (WorkFolder work = WorkFolder.take(out)) {
        work.begin("compress", SAME, Resume.AUTO);
        Path filler = disk.fill(8192);
        assertThatExceptionOfType(FailureException.class)
            .isThrownBy(() -> work.note("long", much))
            .withMessageContaining("check space");
        Files.delete(filler);
        work.note("short", 1);
      }
      try (WorkFolder work = WorkFolder.take(out)) {
        work.begin("compress", SAME, Resume.REQUIRED);
        assertThat(work.find("short", Integer.class)).contains(1);
        assertThat(work.find("long", String.class)).isEmpty();
        work.delete();
      }
    }
  }

  @Test
  void goesOnWithWhatWasFinished() throws Exception {
    leave("a/one", "a/two");
    try (WorkFolder work = begun(SAME, Resume.REQUIRED)) {
      assertThat(work.find("a/one", Integer.class)).contains(5);
      assertThat(work.read("a/two", Content.class)).isEqualTo(new Content("a/two"));
      assertThat(work.find("a/three", Integer.class)).isEmpty();
      work.delete();
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void leavesNothingBehindWhereNothingWasFinished() throws Exception {
    leave();
    WorkFolder.take(target()).close();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void neverThrowsAwayAndRequiredInsists() throws Exception {
    leave("a/one");
    try (WorkFolder work = begun(SAME, Resume.NEVER)) {
      assertThat(work.find("a/one", Integer.class)).isEmpty();
      assertThat(work.path().resolve("a")).doesNotExist();
    }
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> begun(SAME, Resume.REQUIRED))
        .withMessageContaining("no unfinished work");
  }

  @Test
  void refusesAnotherRequestAndNamesIt() throws Exception {
    leave("a/one");
    var other = new Fingerprint(SAME.inputs(), Map.of("ratio", "0.4", "seed", "1"));
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> begun(other, Resume.AUTO))
        .withMessageContaining("ratio (was 0.2, is 0.4)")
        .withMessageContaining("seed (was nothing, is 1)")
        .withMessageContaining("--resume never");
    var changed = new Fingerprint(Map.of("model.safetensors", "abd"), SAME.settings());
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> begun(changed, Resume.AUTO))
        .withMessageContaining("model.safetensors (was abc, is abd)");
    try (WorkFolder work = begun(SAME, Resume.REQUIRED)) {
      assertThat(work.find("a/one", Integer.class)).isPresent();
    }
  }

  @Test
  void oneProcessAtATime() throws Exception {
    try (WorkFolder _ = WorkFolder.take(target())) {
      assertThatExceptionOfType(FailureException.class)
          .isThrownBy(() -> WorkFolder.take(target()))
          .withMessageContaining("process " + ProcessHandle.current().pid());
    }
    WorkFolder.take(target()).close();
  }

  @Test
  void aTornLastLineNeverCounted() throws Exception {
    leave("a/one", "a/two");
    byte[] whole = Files.readAllBytes(journal());
    int last = new String(whole, StandardCharsets.UTF_8).lastIndexOf("{\"crc\"");
    for (int end = last; end < whole.length; end += 7) {
      Files.write(journal(), Arrays.copyOf(whole, end));
      try (WorkFolder work = begun(SAME, Resume.REQUIRED)) {
        assertThat(work.find("a/one", Integer.class)).isPresent();
        assertThat(work.find("a/two", Integer.class)).isEmpty();
      }
    }
    // What comes after a torn line is read again.
    leave("a/three");
    try (WorkFolder work = begun(SAME, Resume.REQUIRED)) {
      assertThat(work.find("a/three", Integer.class)).isPresent();
    }
  }

  @Test
  void aDamagedJournalIsRefused() throws Exception {
    leave("a/one", "a/two");
    byte[] whole = Files.readAllBytes(journal());
    for (int at = 0; at < whole.length - 200; at += 13) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 1;
      Files.write(journal(), damaged);
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> begun(SAME, Resume.AUTO))
          .withMessageContaining("damaged")
          .withMessageContaining("--resume never");
    }
    begun(SAME, Resume.NEVER).close();
  }

  @Test
  void aChangedFileDoesNotCount() throws Exception {
    leave("a/one", "a/two", "a/three");
    Path one = WorkFolder.beside(target()).resolve("a/one");
    byte[] bytes = Files.readAllBytes(one);
    bytes[3] ^= 1;
    Files.write(one, bytes);
    Files.delete(one.resolveSibling("two"));
    Files.write(one.resolveSibling("three"), new byte[1], StandardOpenOption.APPEND);
    try (WorkFolder work = begun(SAME, Resume.REQUIRED)) {
      assertThat(work.find("a/one", Integer.class)).isEmpty();
      assertThat(work.find("a/two", Integer.class)).isEmpty();
      assertThat(work.find("a/three", Integer.class)).isEmpty();
      assertThat(work.damaged()).containsExactly("a/one", "a/three");
    }
  }

  @Test
  void aFolderThatCannotBeMadeIsOneLine() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatExceptionOfType(FailureException.class)
        .isThrownBy(() -> WorkFolder.take(file.resolve("out")))
        .withMessageContaining("cannot be created");
  }

  @Test
  void temporaryWorkGoes() throws Exception {
    Path path;
    try (WorkFolder work = WorkFolder.temporary()) {
      work.write("a/one", new Content("1"), 1);
      assertThat(work.read("a/one", Content.class)).isEqualTo(new Content("1"));
      path = work.path();
    }
    assertThat(path).doesNotExist();
  }
}
