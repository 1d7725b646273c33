package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A result that did not reach whoever asked for it is no result. */
class StandardOutputTest {

  private static final Path DEMO = Path.of("..", "demo").toAbsolutePath();
  private static final String FULL = "No space left on device";

  @TempDir private Path folder;

  /** A file on a disk that has room for so many bytes. */
  private static final class Disk extends OutputStream {

    private final String reason;
    private int room;

    Disk(int room, String reason) {
      this.room = room;
      this.reason = reason;
    }

    @Override
    public void write(int b) throws IOException {
      if (room-- <= 0) {
        throw new IOException(reason);
      }
    }
  }

  private Ran run(int room, String reason, String line) throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), "Tom had a red ball. ".repeat(200));
    String[] words =
        line.replace("MODEL", DEMO.resolve("model").toString())
            .replace("TEXT", text.toString())
            .replace("OUT", folder.resolve("out").toString())
            .split(" ");
    var err = new ByteArrayOutputStream();
    try (var out = new ResultStream(new Disk(room, reason), StandardCharsets.UTF_8);
        var errStream = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      int code = Main.run(new Screen(out, errStream, false, false, false), words);
      return new Ran(code, "", err.toString(StandardCharsets.UTF_8));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "--version",
        "compress --help",
        "inspect MODEL",
        "inspect MODEL --json",
        "plan MODEL",
        "plan MODEL --json",
        "eval MODEL --perplexity TEXT --window 64 --quiet",
        "eval MODEL --perplexity TEXT --window 64 --json",
        "generate MODEL --prompt Tom --max-tokens 2 --json",
        "generate MODEL --prompt Tom --max-tokens 2 --quiet",
        "forward MODEL --tokens 1,2 -o OUT",
        "forward MODEL --tokens 1,2 -o OUT --json",
        "compress MODEL --method svd --include layers.0.self_attn.q_proj -o OUT --quiet"
      })
  void aFullDiskIsAFailure(String line) throws Exception {
    Ran ran = run(3, FULL, line);
    assertThat(ran.code()).as(ran.err()).isEqualTo(1);
    assertThat(ran.errLines().getLast())
        .startsWith("compot: standard output cannot be written (no space left on device)");
  }

  @Test
  void whoeverReadsAPipeMayHaveEnough() throws Exception {
    Ran ran = run(3, "Broken pipe", "inspect MODEL");
    assertThat(ran.code()).isZero();
    assertThat(ran.err()).isEmpty();
  }

  @Test
  void anotherFailureKeepsItsCode() throws Exception {
    Ran ran = run(0, FULL, "inspect no-such-model");
    assertThat(ran.code()).isEqualTo(3);
    assertThat(ran.errLines()).hasSize(1);
  }
}
