package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be refused is refused in one line, before the original is measured. */
class CheckedFirstTest {

  private static final Path DEMO = Path.of("../demo");

  @TempDir private Path folder;

  @Test
  void heldOutText() throws Exception {
    refused(3, "none.txt", DEMO.resolve("calibration.txt"), folder.resolve("none.txt"), "out");
    Path brief = Files.writeString(folder.resolve("brief.txt"), "Once");
    refused(3, "do not fill one window", DEMO.resolve("calibration.txt"), brief, "out");
  }

  @Test
  void calibrationText() throws Exception {
    Path brief = Files.writeString(folder.resolve("brief.txt"), "Once");
    refused(3, "brief.txt", brief, DEMO.resolve("heldout.txt"), "out");
  }

  @Test
  void placeOfTheOutput() throws Exception {
    Files.writeString(folder.resolve("file"), "not a folder");
    Path text = DEMO.resolve("calibration.txt");
    refused(1, "cannot be created", text, DEMO.resolve("heldout.txt"), "file/out");
  }

  private void refused(int code, String message, Path text, Path heldOut, String output)
      throws Exception {
    Ran ran =
        Ran.compot(
            "compress",
            DEMO.resolve("model"),
            "-o",
            folder.resolve(output),
            "--calibration",
            text,
            "--eval",
            heldOut);
    assertThat(ran.code()).as(ran.err()).isEqualTo(code);
    List<String> lines = new ArrayList<>(ran.errLines());
    assertThat(lines.getLast()).contains(message);
    assertThat(ran.err()).doesNotContain("evaluate").doesNotContain("perplexity");
    assertThat(folder.resolve("out")).doesNotExist();
    try (var left = Files.list(folder)) {
      assertThat(left).noneMatch(file -> file.getFileName().toString().startsWith("."));
    }
  }
}
