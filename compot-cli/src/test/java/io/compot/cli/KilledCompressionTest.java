package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
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
  private static final long PATIENCE_SECONDS = 300;

  @TempDir private Path folder;

  private Process start(String method, String allocation, int samples, Path output)
      throws IOException {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xshare:auto",
                "-cp",
                classes,
                "io.compot.cli.Main",
                "compress"));
    command.addAll(
        List.of(
            DEMO.resolve("model").toString(),
            "-o",
            output.toString(),
            "--method",
            method,
            "--allocation",
            allocation,
            "--samples",
            Integer.toString(samples),
            "--length",
            "64",
            "--iterations",
            "2",
            "--calibration",
            DEMO.resolve("calibration.txt").toString()));
    var builder = new ProcessBuilder(command);
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().put("OMP_WAIT_POLICY", "passive");
    return builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
        .start();
  }

  private Path log() {
    return folder.resolve("log");
  }

  private static int end(Process process) throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("it hangs");
    }
    return process.exitValue();
  }

  private void finish(String method, String allocation, int samples, Path output) throws Exception {
    assertThat(end(start(method, allocation, samples, output)))
        .as(() -> {
          try {
            return Files.readString(log());
          } catch (IOException e) {
            return "no log";
          }
        })
        .isZero();
  }

  private static Path journal(Path output) {
    return output.resolveSibling("." + output.getFileName() + ".compot-work/journal.jsonl");
  }

  private static long lines(Path output) throws IOException {
    try (Stream<String> lines = Files.lines(journal(output))) {
      return lines.count();
    } catch (java.nio.file.NoSuchFileException | java.io.UncheckedIOException e) {
      return 0;
    }
  }

  /** Waits for the journal to have so many lines, or the process to end. */
  private static void await(Process process, Path output, long lines) throws Exception {
    while (process.isAlive() && lines(output) < lines) {
      Thread.sleep(5);
    }
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
   * @return how many objects the whole run records
   */
  private long kill(String method, String allocation, int samples, int kills, int stride, long seed)
      throws Exception {
    Path whole = folder.resolve("whole");
    finish(method, allocation, samples, whole);
    Path output = folder.resolve("out");
    var random = new Random(seed);
    long kept = 0;
    int done = 0;
    while (done < kills) {
      Process process = start(method, allocation, samples, output);
      // Mostly some more objects, so that every attempt gets on, and seldom many, so that the life
      // lasts on a fast machine.
      await(process, output, kept + (random.nextInt(4) == 0 ? 0 : stride));
      Thread.sleep(random.nextInt(random.nextInt(10) == 0 ? 1500 : 60));
      if (!process.isAlive()) {
        break;
      }
      process.destroyForcibly(); // SIGKILL
      end(process);
      assertThat(output).doesNotExist();
      long now = lines(output);
      assertThat(now).isGreaterThanOrEqualTo(kept - 1); // a torn line goes
      kept = now;
      done++;
    }
    assertThat(done).isEqualTo(kills);
    finish(method, allocation, samples, output);
    assertThat(content(output)).isEqualTo(content(whole));
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrder("whole", "out", "log");
    }
    System.out.printf(
        "%s, %s: %d kills, %d objects recorded when the last one came%n",
        method, allocation, done, kept);
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
    Process process = start("compot", "uniform", 8, output);
    await(process, output, 4);
    signal(process, signal);
    assertThat(end(process)).isEqualTo(75);
    String said = Files.readString(log());
    assertThat(said).contains("compot: stopped as asked").contains("resume with: compot compress ");
    assertThat(output).doesNotExist();
    assertThat(lines(output)).isGreaterThanOrEqualTo(4);
    finish("compot", "uniform", 8, output);
    assertThat(Files.readString(log())).contains("resumed: ");
  }

  @Test
  void aSecondInterruptEndsAtOnce() throws Exception {
    Path output = folder.resolve("out");
    Process process = start("compot", "uniform", 8, output);
    await(process, output, 2);
    signal(process, "STOP"); // so that both are there before it can come to a safe point
    signal(process, "INT");
    signal(process, "TERM");
    signal(process, "CONT");
    int code = end(process);
    // Of two that wait either may come first, and it may stop in good order in between.
    assertThat(code).isIn(130, 143, 75);
    assertThat(output).doesNotExist();
    finish("compot", "uniform", 8, output);
  }

  @Test
  void twoProcessesOnOneOutput() throws Exception {
    Path output = folder.resolve("out");
    Process first = start("compot", "uniform", 8, output);
    await(first, output, 2);
    Process second = start("compot", "uniform", 8, output);
    assertThat(end(second)).isEqualTo(1);
    assertThat(Files.readString(log()))
        .contains("another process is at work on it: process " + first.pid() + " on ");
    first.destroyForcibly();
    end(first);
  }

  private static void signal(Process process, String signal) throws Exception {
    var kill =
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }
}
