package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.error.UsageException;
import io.compot.testing.CrewInProcess;
import io.compot.testing.SmallDemo;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The compress command where others do the work. */
class CompressProgramTest {

  @TempDir private Path folder;

  private static Ran run(Elsewhere elsewhere, Object... arguments) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    try (var outStream = new PrintStream(out, true, StandardCharsets.UTF_8);
        var errStream = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      String[] words = new String[arguments.length];
      for (int i = 0; i < words.length; i++) {
        words[i] = arguments[i].toString();
      }
      var screen = new Screen(outStream, errStream, false, false, false);
      int code = CompressProgram.run(screen, elsewhere, words);
      return new Ran(
          code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
  }

  @Test
  void hasTheOptionsOfTheCommand() throws Exception {
    var crew = new CrewInProcess();
    Path output = folder.resolve("smaller");
    Ran ran =
        run(
            compression -> compression.crew(crew),
            SmallDemo.model(),
            "-o",
            output,
            "--method",
            "svd",
            "--ratio",
            0.3,
            "--quiet");
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("30.");
    assertThat(crew.kinds()).contains("factors");
    assertThat(Files.exists(output.resolve("compression-report.json"))).isTrue();
  }

  @Test
  void whereNobodyDoesItThatIsSaid() throws Exception {
    Ran ran =
        run(
            _ -> {
              throw new UsageException("no cluster is named");
            },
            SmallDemo.model(),
            "-o",
            folder.resolve("smaller"),
            "--method",
            "svd");
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.errLines()).contains("compot: no cluster is named", "try: compot --help");
    assertThat(folder).isEmptyDirectory();
  }
}
