package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** A comparison leaves a table for people, one for programs, and a picture. */
class CompareTest {

  private static final Path DEMO = Path.of("..", "demo");

  @TempDir private Path folder;

  @Test
  void threeFormsOfTheSameResults() throws Exception {
    Path text = folder.resolve("text.txt");
    Files.writeString(text, Files.readString(DEMO.resolve("heldout.txt")).substring(0, 8_000));
    Path output = folder.resolve("comparison");
    Ran ran =
        Ran.compot(
            "compare",
            DEMO.resolve("model"),
            "--methods",
            "svd",
            "--allocations",
            "uniform,pooled",
            "--ratios",
            "0.2,0.5",
            "--eval",
            text,
            "-o",
            output);
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("original", "uniform", "pooled", "bits a weight");

    List<String> lines = Files.readAllLines(output.resolve("results.csv"));
    assertThat(lines).hasSize(6);
    assertThat(lines.getFirst()).isEqualTo(String.join(",", ComparedRow.HEADINGS));
    var json = JsonMapper.shared().readTree(output.resolve("results.json").toFile());
    assertThat(json.get("results").size()).isEqualTo(5);
    double dense = json.get("results").get(0).get("perplexity").asDouble();
    double mild = json.get("results").get(1).get("perplexity").asDouble();
    double strong = json.get("results").get(2).get("perplexity").asDouble();
    assertThat(dense).isLessThan(mild);
    assertThat(mild).isLessThan(strong);
    double bits = json.get("results").get(0).get("bitsPerWeight").asDouble();
    assertThat(json.get("results").get(2).get("bitsPerWeight").asDouble())
        .isBetween(0.495 * bits, 0.5 * bits);
    assertThat(ImageIO.read(output.resolve("perplexity.png").toFile()).getWidth())
        .isGreaterThan(500);
    assertThat(output.resolve("model-in-work")).doesNotExist();
  }

  @Test
  void aTakenFolderIsLeftAlone() throws Exception {
    Path precious = Files.writeString(folder.resolve("precious.txt"), "keep");
    Ran ran =
        Ran.compot(
            "compare",
            DEMO.resolve("model"),
            "--methods",
            "svd",
            "--eval",
            DEMO.resolve("heldout.txt"),
            "-o",
            folder);
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.errLines().getFirst()).contains("not empty");
    assertThat(precious).hasContent("keep");
    assertThat(folder.resolve("results.csv")).doesNotExist();
  }
}
