package io.compot.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.FailureException;
import io.compot.error.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {

  @TempDir Path folder;

  @Test
  void appearsOnlyWhenCommitted() throws Exception {
    Path target = folder.resolve("a/b");
    try (OutputFolder output = OutputFolder.create(target, false)) {
      output.write("config.json", bytes("{}"));
      Path source = Files.createDirectory(folder.resolve("source"));
      Path licence = Files.writeString(source.resolve("LICENSE"), "free");
      Files.setPosixFilePermissions(licence, PosixFilePermissions.fromString("r--r--r--"));
      output.copy(new SideFiles(source, List.of(Path.of("LICENSE")), List.of()));
      output.requireSpace(1000);
      assertThat(target).doesNotExist();
      output.commit();
    }
    assertThat(target.resolve("config.json")).hasContent("{}");
    assertThat(target.resolve("LICENSE")).hasContent("free").isWritable();
    assertThat(Files.getPosixFilePermissions(target.resolve("LICENSE")))
        .contains(PosixFilePermission.OWNER_WRITE);
    assertThat(names(folder.resolve("a"))).containsExactly("b");
  }

  @Test
  void leavesNothingBehindWhenNotCommitted() throws Exception {
    try (OutputFolder output = OutputFolder.create(folder.resolve("out"), false)) {
      Files.createDirectories(output.path().resolve("deep/er"));
      output.write("x", bytes("y"));
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void takesAnEmptyFolderButNoOther() throws Exception {
    Path target = Files.createDirectory(folder.resolve("out"));
    commit(target, "1", false);
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> OutputFolder.create(target, false))
        .withMessageContaining("exists");
    commit(target, "2", true);
    assertThat(target.resolve("config.json")).hasContent("2");
    assertThat(names(folder)).containsExactly("out");
  }

  @Test
  void keepsTheOldOneUntilTheNewIsWhole() throws Exception {
    Path target = folder.resolve("out");
    commit(target, "old", false);
    try (OutputFolder output = OutputFolder.create(target, true)) {
      output.write("config.json", bytes("new"));
      assertThat(target.resolve("config.json")).hasContent("old");
    }
    assertThat(target.resolve("config.json")).hasContent("old");
    assertThat(names(folder)).containsExactly("out");
  }

  @Test
  void neverDeletesWhatIsNoCheckpoint() throws Exception {
    Path home = Files.createDirectory(folder.resolve("home"));
    Files.writeString(home.resolve("thesis.tex"), "years of work");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> OutputFolder.create(home, true))
        .withMessageContaining("no checkpoint");
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> OutputFolder.create(file, true));
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> OutputFolder.create(Path.of("/"), true));
  }

  @Test
  void saysWhenTheDiskIsTooSmall() throws Exception {
    try (OutputFolder output = OutputFolder.create(folder.resolve("out"), false)) {
      assertThatExceptionOfType(FailureException.class)
          .isThrownBy(() -> output.requireSpace(Long.MAX_VALUE))
          .withMessageContaining("out");
    }
  }

  private static void commit(Path target, String content, boolean replace) throws Exception {
    try (OutputFolder output = OutputFolder.create(target, replace)) {
      output.write("config.json", bytes(content));
      output.commit();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
