package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** {@code eval --json FILE} as a real process, killed and begun again, gives the same figures. */
@DisabledOnOs(OS.WINDOWS)
class KilledEvaluationTest {

  private static final Path DEMO = Path.of("..", "demo").toAbsolutePath().normalize();

  @TempDir private Path folder;

  @Test
  void twoKills() throws Exception {
    killed(4, 4, 2);
  }

  /** The long form. */
  @Tag("reliability")
  @Test
  void fortyKills() throws Exception {
    killed(160, 60, 40);
  }

  private void killed(int tasks, int documents, int kills) throws Exception {
    Path text =
        Files.writeString(
            folder.resolve("text.txt"),
            Files.readString(DEMO.resolve("heldout.txt")).substring(0, 3_000));
    String names = tasks(tasks, documents);
    Path whole = folder.resolve("whole.json");
    start(text, names, whole).finish();
    Path results = folder.resolve("results.json");
    Path journal = folder.resolve(".results.json.compot-work/journal.jsonl");
    var life =
        new KilledLife(
            () -> start(text, names, results),
            () -> KilledLife.lines(journal),
            () -> assertThat(results).doesNotExist());
    long kept = life.live(kills, 1, 5);
    assertThat(timeless(results)).isEqualTo(timeless(whole));
    assertThat(journal.getParent()).doesNotExist();
    System.out.printf(
        "eval: %d kills, %d of %d figures recorded when the last one came%n",
        kills, kept - 1, tasks + 1);
  }

  /** Texts of their own for each task, so that no two have the same figures. */
  private String tasks(int tasks, int documents) throws IOException {
    List<String> stories = Files.readAllLines(DEMO.resolve("calibration.txt"));
    stories.removeIf(String::isBlank);
    List<String> names = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      List<String> rows = new ArrayList<>();
      for (int i = 0; i < documents; i++) {
        String story = stories.get((task * documents + i) % stories.size());
        rows.add(JsonMapper.shared().writeValueAsString(Map.of("q", story)));
      }
      Files.write(folder.resolve("t" + task + ".jsonl"), rows);
      Path file =
          Files.writeString(
              folder.resolve("t" + task + ".yaml"),
              "name: t%1$d%nkind: perplexity%ndata: t%1$d.jsonl%ntext: \"{q}\"%n".formatted(task));
      names.add(file.toString());
    }
    return String.join(",", names);
  }

  private CompotProcess start(Path text, String tasks, Path results) throws IOException {
    return CompotProcess.start(
        folder.resolve("log"),
        "eval",
        DEMO.resolve("model"),
        "--perplexity",
        text,
        "--tasks",
        tasks,
        "--json",
        results);
  }

  private static JsonNode timeless(Path file) {
    JsonNode tree = JsonMapper.shared().readTree(file.toFile());
    for (JsonNode each : tree.findParents("seconds")) {
      ((ObjectNode) each).remove("seconds");
    }
    return tree;
  }
}
