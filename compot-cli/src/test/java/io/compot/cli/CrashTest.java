package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What nobody foresaw, in a process of its own: one line, a report, and work to go on with. */
class CrashTest {

  @TempDir Path folder;

  @Test
  void endsInOneLineAndAReportAndIsGoneOnWith() throws Exception {
    Path output = folder.resolve("secret-out");
    List<String> arguments =
        List.of(
            "compress",
            "../demo/model",
            "-o",
            output.toString(),
            "--calibration",
            "../demo/calibration.txt",
            "--samples",
            "4",
            "--ratio=0.31",
            "--iterations",
            "1",
            "--include",
            "layers.0,layers.1",
            "--quiet");
    File err = folder.resolve("err.txt").toFile();
    assertThat(crash(arguments, 9, err)).isEqualTo(1);
    List<String> lines = Files.readAllLines(err.toPath());
    assertThat(lines).hasSize(1);
    assertThat(lines.getFirst()).startsWith("compot: internal error: IllegalStateException");
    assertThat(output).doesNotExist();
    Path report;
    try (Stream<Path> files = Files.list(folder)) {
      report =
          files
              .filter(file -> file.getFileName().toString().startsWith("compot-crash-"))
              .findFirst()
              .orElseThrow();
    }
    assertThat(lines.getFirst()).contains(report.toString());
    assertThat(Files.readString(report))
        .contains(
            "libtorch",
            "  ratio 0.31",
            "  samples 4",
            "journal: ratio 0.31",
            "journal: method compot",
            "layer 8/14",
            "\"done\":\"",
            "IllegalStateException: met \"...\"",
            "at io.compot.cli.CrashingMain")
        .doesNotContain(
            "the user's own words", "secret-out", "layers.0,layers.1", "calibration.txt");
    List<Object> again = new ArrayList<>(arguments);
    again.addAll(List.of("--resume", "required"));
    Ran ran = Ran.compot(again.toArray());
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(output.resolve("compression-report.json")).exists();
  }

  private static int crash(List<String> arguments, int layer, File err) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            CrashingMain.class.getName(),
            Integer.toString(layer)));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command)
            .redirectError(err)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    boolean ended = process.waitFor(2, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertThat(ended).isTrue();
    return process.exitValue();
  }
}
