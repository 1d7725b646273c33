package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.testing.SmallDemo;
import io.compot.testing.TimelessFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
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

  @TempDir private Path folder;

  private CompotProcess start(String method, String allocation, int samples, Path output)
      throws Exception {
    return CompotProcess.start(log(), arguments(method, allocation, samples, output).toArray());
  }

  private static List<Object> arguments(String method, String allocation, int samples, Path output)
      throws Exception {
    return List.of(
        "compress",
        SmallDemo.model(),
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
        // Few rounds, where there are any.
        method.startsWith("svd") ? "--seed" : "--iterations",
        method.startsWith("svd") ? 42 : 2,
        "--calibration",
        SmallDemo.text());
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
    assertThat(TimelessFiles.of(output)).isEqualTo(TimelessFiles.of(whole));
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrder("whole", "out", "log");
    }
    System.out.printf(
        "%s, %s: %d kills, %d objects recorded when the last one came%n",
        method, allocation, kills, kept);
    return kept;
  }

  @Test
  void twoKills() throws Exception {
    assertThat(kill("compot+", "damage", 4, 2, 8, 7)).isPositive();
  }

  /** The long form. */
  @Tag("reliability")
  @ParameterizedTest
  @CsvSource({"compot, svd-llm-v2, 64", "compot+, damage, 64"})
  void fortyKills(String method, String allocation, int samples) throws Exception {
    assertThat(kill(method, allocation, samples, 40, 1, 11)).isPositive();
  }

  @ParameterizedTest
  @CsvSource("compot, svd-llm-v2")
  void killedAtEveryStageBoundary(String method, String allocation) throws Exception {
    killedAtBoundaries(method, allocation);
  }

  /** The long form. */
  @Tag("reliability")
  @ParameterizedTest
  @CsvSource({"compot+, damage", "svd-llm, knapsack", "svd, uniform"})
  void killedAtEveryStageBoundaryOfOthers(String method, String allocation) throws Exception {
    killedAtBoundaries(method, allocation);
  }

  /** One life in which the first process ends at the first boundary, the next one at the next. */
  private void killedAtBoundaries(String method, String allocation) throws Exception {
    Path whole = folder.resolve("whole");
    killedAt("none", method, allocation, whole).finish();
    List<String> boundaries;
    try (Stream<String> lines = Files.lines(log())) {
      boundaries =
          lines
              .filter(line -> line.startsWith(StageKillingMain.MARK))
              .map(line -> line.substring(StageKillingMain.MARK.length()))
              // Between the end of one and the start of the next nothing is done.
              .filter(line -> line.startsWith("end"))
              .toList();
    }
    assertThat(boundaries).contains("end of check", "end of compress", "end of write");
    Path output = folder.resolve("out");
    for (String boundary : boundaries) {
      int code = killedAt(boundary, method, allocation, output).end();
      assertThat(code).as("killed at the %s", boundary).isEqualTo(128 + 9);
      assertThat(output).doesNotExist();
    }
    killedAt("none", method, allocation, output).finish();
    assertThat(TimelessFiles.of(output)).isEqualTo(TimelessFiles.of(whole));
    System.out.printf("%s, %s: killed at %s%n", method, allocation, boundaries);
  }

  private CompotProcess killedAt(String boundary, String method, String allocation, Path output)
      throws Exception {
    return CompotProcess.start(
        log(),
        StageKillingMain.class,
        List.of(),
        SmallDemo.model(),
        SmallDemo.text(),
        method,
        allocation,
        output,
        boundary);
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

  /**
   * The virtual machine ends where native code does what it must not; with the launcher's flags.
   */
  @Test
  void aCrashOfNativeCodeLeavesItsReportAndLosesNothing() throws Exception {
    Path output = folder.resolve("out");
    List<String> flags =
        Pattern.compile("-XX:ErrorFile=(\\S+) (-XX:-CreateCoredumpOnCrash)")
            .matcher(Files.readString(Path.of("..", "compot")))
            .results()
            .flatMap(found ->
                Stream.of("-XX:ErrorFile=" + folder.resolve(found.group(1)), found.group(2)))
            .toList();
    assertThat(flags).hasSize(2);
    CompotProcess process =
        CompotProcess.start(
            log(), Main.class, flags, arguments("compot", "uniform", 8, output).toArray());
    life("compot", "uniform", 8, output).await(process, 4);
    process.signal("SEGV");
    assertThat(process.end()).isEqualTo(1);
    Path report = folder.resolve("compot-crash-jvm-" + process.pid() + ".log");
    assertThat(Files.readString(report)).contains("SIGSEGV");
    assertThat(output).doesNotExist();
    start("compot", "uniform", 8, output).finish();
    assertThat(Files.readString(log())).contains("resumed: ");
  }

  @Test
  void twoProcessesOnOneOutput() throws Exception {
    Path output = folder.resolve("out");
    CompotProcess first = start("compot", "uniform", 8, output);
    life("compot", "uniform", 8, output).await(first, 2);
    // Held where it is, it is at work until the second has looked, however fast the machine is.
    first.signal("STOP");
    CompotProcess second = start("compot", "uniform", 8, output);
    assertThat(second.end()).as(Files.readString(log())).isEqualTo(1);
    assertThat(Files.readString(log()))
        .contains("another process is at work on it: process " + first.pid() + " on ");
    first.kill();
  }
}
