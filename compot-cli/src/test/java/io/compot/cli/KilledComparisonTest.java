package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.testing.SmallDemo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code compare} as a real process, killed and begun again, gives the results of one life. */
@DisabledOnOs(OS.WINDOWS)
class KilledComparisonTest {

  private static final Path DEMO = Path.of("..", "demo").toAbsolutePath().normalize();

  /** A cell counts for more than all that is recorded on the way to it. */
  private static final long CELL = 1_000_000;

  @TempDir private Path folder;
  private Path text;

  @BeforeEach
  void heldOut() throws IOException {
    String stories = Files.readString(DEMO.resolve("heldout.txt"));
    text = Files.writeString(folder.resolve("text.txt"), stories.substring(0, 1_500));
  }

  @Test
  void twoKills() throws Exception {
    killed("svd-llm", "uniform", "0.3,0.5", 4, 2, 20);
  }

  /** The long form. */
  @Tag("reliability")
  @Test
  void fortyKills() throws Exception {
    killed("compot,compot+,svd-llm", "svd-llm-v2,own", "0.2,0.4", 32, 40, 3);
  }

  private void killed(
      String methods, String allocations, String ratios, int samples, int kills, int stride)
      throws Exception {
    Path whole = folder.resolve("whole");
    start(methods, allocations, ratios, samples, whole).finish();
    Path output = folder.resolve("out");
    var life =
        new KilledLife(
            () -> start(methods, allocations, ratios, samples, output),
            () -> kept(output),
            () -> readable(output));
    long cells = life.live(kills, stride, 7) / CELL;
    for (String file : new String[] {"results.json", "results.jsonl"}) {
      assertThat(timeless(output.resolve(file))).isEqualTo(timeless(whole.resolve(file)));
    }
    assertThat(names(output)).isEqualTo(names(whole));
    System.out.printf("compare: %d kills, the last one after %d lines%n", kills, cells);
  }

  private CompotProcess start(
      String methods, String allocations, String ratios, int samples, Path output)
      throws Exception {
    return CompotProcess.start(
        folder.resolve("log"),
        "compare",
        SmallDemo.model(),
        "--methods",
        methods,
        "--allocations",
        allocations,
        "--ratios",
        ratios,
        "--samples",
        samples,
        "--length",
        32,
        // Few rounds, where there are any.
        methods.startsWith("svd") ? "--seed" : "--iterations",
        methods.startsWith("svd") ? 42 : 1,
        "--calibration",
        SmallDemo.text(),
        "--eval",
        text,
        "-o",
        output);
  }

  private static long kept(Path output) throws IOException {
    long kept = CELL * KilledLife.lines(output.resolve("results.jsonl"));
    try (Stream<Path> all = Files.walk(output)) {
      return kept
          + all.filter(file -> file.endsWith("journal.jsonl")).mapToLong(KilledLife::lines).sum();
    } catch (NoSuchFileException | UncheckedIOException e) {
      return kept; // something went while it was looked for
    }
  }

  /** What stands there is whole at any moment. */
  private static void readable(Path output) throws IOException {
    Path results = output.resolve("results.json");
    if (Files.exists(results)) {
      assertThat(JsonMapper.shared().readTree(results.toFile()).path("results").isArray()).isTrue();
    }
  }

  private static String timeless(Path file) throws IOException {
    var all = new StringBuilder();
    for (String line :
        file.toString().endsWith("l")
            ? Files.readAllLines(file)
            : List.of(Files.readString(file))) {
      JsonNode tree = JsonMapper.shared().readTree(line);
      tree = tree.path("record").isObject() ? tree.path("record") : tree; // without its checksum
      tree.findParents("date").forEach(run -> ((ObjectNode) run).remove("date"));
      tree.findParents("tokens_per_second")
          .forEach(row -> ((ObjectNode) row).remove("tokens_per_second"));
      tree.findParents("tokensPerSecond")
          .forEach(row -> ((ObjectNode) row).remove("tokensPerSecond"));
      tree.findParents("peak_bytes").forEach(KilledComparisonTest::removeTimes);
      all.append(tree).append('\n');
    }
    return all.toString();
  }

  private static void removeTimes(JsonNode row) {
    ((ObjectNode) row)
        .remove(
            List.of(
                "seconds",
                "calibration_seconds",
                "profile_seconds",
                "factorise_seconds",
                "peak_bytes"));
  }

  private static List<String> names(Path output) throws IOException {
    try (Stream<Path> files = Files.walk(output)) {
      return files.map(file -> output.relativize(file).toString()).sorted().toList();
    }
  }
}
