package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The real command as a real process, killed, stopped and begun again. */
@DisabledOnOs(OS.WINDOWS)
class KilledCompressionTest {

  private static final Path DEMO = Path.of("..", "demo").toAbsolutePath().normalize();

  @TempDir private Path folder;

  private CompotProcess start(String method, String allocation, int samples, Path output)
      throws IOException {
    return CompotProcess.start(
        log(),
        "compress",
        DEMO.resolve("model"),
        "-o",
        output,
        "--method",
        method,
        "--allocation",
        allocation,
        "--samples",
        samples,
        "--length",
        64,
        "--iterations",
        2,
        "--calibration",
        DEMO.resolve("calibration.txt"));
  }

  private Path log() {
    return folder.resolve("log");
  }

  private static long lines(Path output) {
    return KilledLife.lines(
        output.resolveSibling("." + output.getFileName() + ".compot-work/journal.jsonl"));
  }

  private KilledLife life(String method, String allocation, int samples, Path output) {
    return new KilledLife(
        () -> start(method, allocation, samples, output),
        () -> lines(output),
        () -> assertThat(output).doesNotExist());
  }

  private static Map<String, String> content(Path output) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(output)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String text = HexFormat.of().formatHex(Files.readAllBytes(file));
        if (file.endsWith("compression-report.json")) {
          String report = Files.readString(file);
          text =
              report
                  .substring(0, report.indexOf("\"run\" :"))
                  .replaceAll("\"seconds\" : [^,]*", "");
        }
        if (file.endsWith("report.html")) {
          text = Files.readString(file).replaceFirst("(?s)id=\"run\">.*?</script>", "");
        }
        content.put(output.relativize(file).toString(), text);
      }
    }
    return content;
  }

  /**
   * One run's life with so many ends at random moments.
   *
   * @return how many objects are recorded when the last kill comes
   */
  private long kill(String method, String allocation, int samples, int kills, int stride, long seed)
      throws Exception {
    Path whole = folder.resolve("whole");
    start(method, allocation, samples, whole).finish();
    Path output = folder.resolve("out");
    long kept = life(method, allocation, samples, output).live(kills, stride, seed);
    assertThat(content(output)).isEqualTo(content(whole));
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrder("whole", "out", "log");
    }
    System.out.printf(
        "%s, %s: %d kills, %d objects recorded when the last one came%n",
        method, allocation, kills, kept);
    return kept;
  }

  @ParameterizedTest
  @CsvSource({"compot, uniform", "compot+, damage"})
  void threeKills(String method, String allocation) throws Exception {
    assertThat(kill(method, allocation, 8, 3, 11, 7)).isPositive();
  }

  /** The long form. */
  @Tag("reliability")
  @ParameterizedTest
  @CsvSource({"compot, svd-llm-v2, 64", "compot+, damage, 64"})
  void fortyKills(String method, String allocation, int samples) throws Exception {
    assertThat(kill(method, allocation, samples, 40, 1, 11)).isPositive();
  }

  @ParameterizedTest
  @CsvSource({"TERM", "INT"})
  void aSignalStopsItAndSaysHowToGoOn(String signal) throws Exception {
    Path output = folder.resolve("out");
    CompotProcess process = start("compot", "uniform", 8, output);
    life("compot", "uniform", 8, output).await(process, 4);
    process.signal(signal);
    assertThat(process.end()).isEqualTo(75);
    String said = Files.readString(log());
    assertThat(said).contains("compot: stopped as asked").contains("resume with: compot compress ");
    assertThat(output).doesNotExist();
    assertThat(lines(output)).isGreaterThanOrEqualTo(4);
    start("compot", "uniform", 8, output).finish();
    assertThat(Files.readString(log())).contains("resumed: ");
  }

  @Test
  void aSecondInterruptEndsAtOnce() throws Exception {
    Path output = folder.resolve("out");
    CompotProcess process = start("compot", "uniform", 8, output);
    life("compot", "uniform", 8, output).await(process, 2);
    process.signal("STOP"); // so that both are there before it can come to a safe point
    process.signal("INT");
    process.signal("TERM");
    process.signal("CONT");
    int code = process.end();
    // Of two that wait either may come first, and it may stop in good order in between.
    assertThat(code).isIn(130, 143, 75);
    assertThat(output).doesNotExist();
    start("compot", "uniform", 8, output).finish();
  }

  @Test
  void twoProcessesOnOneOutput() throws Exception {
    Path output = folder.resolve("out");
    CompotProcess first = start("compot", "uniform", 8, output);
    life("compot", "uniform", 8, output).await(first, 2);
    CompotProcess second = start("compot", "uniform", 8, output);
    assertThat(second.end()).isEqualTo(1);
    assertThat(Files.readString(log()))
        .contains("another process is at work on it: process " + first.pid() + " on ");
    first.kill();
  }
}
