package io.compot.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * 340,000 hostile files, in processes of their own with little memory: where native code ends the
 * process, the next begins behind the input that did it, and the test names it.
 */
@Tag("reliability")
class FuzzReliabilityTest {

  private static final long SEEDS = 20_000;
  private static final int MOST_CRASHES = 10;

  @TempDir Path folder;

  static List<FuzzTarget> targets() {
    return FuzzWorker.TARGETS;
  }

  @ParameterizedTest
  @MethodSource("targets")
  void nothingWorseThanARefusal(FuzzTarget target) throws Exception {
    List<String> findings = new ArrayList<>();
    int crashes = 0;
    for (long from = 0; from < SEEDS; ) {
      File output = folder.resolve("output.txt").toFile();
      int code = run(target, from, SEEDS - from, output);
      List<String> lines = Files.readAllLines(output.toPath());
      lines.stream()
          .filter(line -> line.startsWith("finding") || line.startsWith("hung"))
          .forEach(findings::add);
      if (code == 0) {
        System.out.println(lines.getLast());
        break;
      }
      long at = FuzzWorker.at(folder);
      findings.add("%s %d: the process ended with code %d".formatted(target, at, code));
      crashes++;
      assertThat(crashes).as("crashes: %s", findings).isLessThan(MOST_CRASHES);
      from = at + 1;
    }
    assertThat(findings).isEmpty();
  }

  private int run(FuzzTarget target, long from, long count, File output) throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + folder.resolve("hs_err.log"),
            "-cp",
            System.getProperty("java.class.path"),
            FuzzWorker.class.getName(),
            folder.toString(),
            target.name(),
            Long.toString(from),
            Long.toString(count));
    var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output);
    builder.environment().put("OMP_NUM_THREADS", "1");
    return builder.start().waitFor();
  }
}
