package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.testing.SmallDemo;
import io.compot.testing.ToyMethod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A comparison leaves a table for people, one for programs, and pictures; stopped, it goes on. */
class CompareTest {

  private static final Path DEMO = Path.of("..", "demo");

  @TempDir private Path folder;
  private Path text;
  private Path output;

  @BeforeEach
  void heldOut() throws Exception {
    text = folder.resolve("text.txt");
    Files.writeString(text, Files.readString(DEMO.resolve("heldout.txt")).substring(0, 8_000));
    output = folder.resolve("comparison");
  }

  private Ran compare(String methods, String allocations, String ratios, Object... more)
      throws Exception {
    Object[] plain = {
      "compare",
      SmallDemo.model(),
      "--methods",
      methods,
      "--allocations",
      allocations,
      "--ratios",
      ratios,
      "--eval",
      text,
      "-o",
      output
    };
    return Ran.compot(Stream.concat(Stream.of(plain), Stream.of(more)).toArray());
  }

  private JsonNode results() {
    return JsonMapper.shared().readTree(output.resolve("results.json").toFile()).get("results");
  }

  @Test
  void threeFormsOfTheSameResults() throws Exception {
    Ran ran = compare("svd", "uniform,pooled", "0.2,0.5");
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).contains("original", "uniform", "pooled", "bits a weight");

    List<String> lines = Files.readAllLines(output.resolve("results.csv"));
    assertThat(lines).hasSize(6);
    assertThat(lines.getFirst())
        .startsWith("model,method,settings,allocation,setting,asked,ratio,achieved,bits_per_weight")
        .contains(
            ",perplexity_standard_error,", ",protocol_windows,", ",seed,", ",libtorch,threads");
    JsonNode results = results();
    assertThat(results.size()).isEqualTo(5);
    double dense = results.get(0).get("perplexity").asDouble();
    double mild = results.get(1).get("perplexity").asDouble();
    double strong = results.get(2).get("perplexity").asDouble();
    assertThat(dense).isLessThan(mild);
    assertThat(mild).isLessThan(strong);
    assertThat(results.get(0).get("kl_divergence").asDouble()).isZero();
    assertThat(results.get(1).get("kl_divergence").asDouble())
        .isLessThan(results.get(2).get("kl_divergence").asDouble());
    assertThat(results.get(1).get("log_perplexity_rise").asDouble())
        .isCloseTo(Math.log(mild / dense), within(1e-12));
    double bits = results.get(0).get("bits_per_weight").asDouble();
    assertThat(results.get(2).get("bits_per_weight").asDouble())
        .isBetween(0.495 * bits, 0.5 * bits);
    for (JsonNode row : results) {
      assertThat(row.get("tensor_bytes").asLong() * 8).isEqualTo(row.get("model_bits").asLong());
      assertThat(row.get("file_bytes").asLong()).isGreaterThan(row.get("tensor_bytes").asLong());
    }
    var xml = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    for (String picture : List.of("perplexity.svg", "divergence.svg")) {
      var figure = xml.parse(output.resolve(picture).toFile());
      assertThat(figure.getElementsByTagName("circle").getLength()).isPositive();
    }
    assertThat(Files.readString(output.resolve("results.tex")))
        .contains("\\begin{tabular}", "\\toprule", "svd & uniform & 20\\,\\% &", "\\bottomrule");
    assertThat(output.resolve("work-model")).doesNotExist();
    assertThat(Files.readString(output.resolve("results.md")))
        .contains("### model", "| method, allocation | 0.2 | 0.5 |", "| svd, uniform | ", "**");
  }

  @Test
  void goesOnWhereItWas() throws Exception {
    assertThat(compare("svd", "uniform", "0.3").code()).isZero();
    Path journal = output.resolve("results.jsonl");
    String whole = Files.readString(journal);
    // A process was killed while it wrote, and left the model it worked on.
    Files.writeString(journal, whole + "{\"row\":{\"model\":\"mod");
    Files.createDirectories(output.resolve("work-model/model"));
    Files.writeString(output.resolve("work-model/model/config.json"), "{");

    Ran more = compare("svd", "uniform", "0.3,0.4");
    assertThat(more.code()).as(more.err()).isZero();
    String longer = Files.readString(journal);
    assertThat(longer).startsWith(whole);
    assertThat(longer.lines().count()).isEqualTo(whole.lines().count() + 1);
    assertThat(results().size()).isEqualTo(3);

    Ran again = compare("svd", "uniform", "0.3,0.4");
    assertThat(again.code()).isZero();
    assertThat(again.out()).isEqualTo(more.out());
    assertThat(journal).hasContent(longer);
  }

  @Test
  void otherFactsAreNamed() throws Exception {
    assertThat(compare("svd", "uniform", "0.3").code()).isZero();
    Ran other = compare("svd", "uniform", "0.3", "--windows", "2", "--seed", "7", "--quick");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.errLines().getFirst())
        .contains(
            "windows was the default and is 2",
            "seed was 42 and is 7",
            "quick was false and is true")
        .doesNotContain("scope");
  }

  @Test
  void aRecipeSaysItAll() throws Exception {
    Path recipe = folder.resolve("recipe.yaml");
    Files.writeString(
        recipe,
        """
        models:
          - name: demo
            path: %s
            heldout: text.txt
            window: 64
            windows: 4
        methods: [svd, {method: svd, allocations: own}]
        allocations: [uniform, pooled]
        ratios: [0.4]
        samples: 4
        length: 32
        """
            .formatted(SmallDemo.model().toAbsolutePath().normalize()));
    Ran ran = Ran.compot("compare", "--recipe", recipe, "-o", output, "--json");
    assertThat(ran.code()).as(ran.err()).isZero();
    JsonNode rows = JsonMapper.shared().readTree(ran.out()).get("results");
    assertThat(rows.size()).as("svd's own allocation is uniform").isEqualTo(3);
    assertThat(rows.get(2).get("model").asString()).isEqualTo("demo");
    assertThat(rows.get(2).get("allocation").asString()).isEqualTo("pooled");

    Files.writeString(recipe, "modles: []\n");
    Ran wrong = Ran.compot("compare", "--recipe", recipe, "-o", output);
    assertThat(wrong.code()).isEqualTo(3);
    assertThat(wrong.errLines().getFirst()).contains("modles", "did you mean models?");
    Ran both = Ran.compot("compare", "--recipe", recipe, "-o", output, "--ratios", "0.2");
    assertThat(both.code()).isEqualTo(2);
    assertThat(both.errLines().getFirst()).contains("--ratios is given beside --recipe");
  }

  /** A setting that was said later only is another one, too: the old row is not of it. */
  @Test
  void anotherGuardIsNamedAndNoOldRowShownForIt() throws Exception {
    assertThat(compare("svd", "uniform", "0.3").code()).isZero();
    Ran other = compare("svd", "uniform", "0.3", "--max-ratio", "0.45");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.errLines().getFirst()).contains("max-ratio was the default and is 0.45");
    Ran least = compare("svd", "uniform", "0.3", "--min-ratio", "0.1");
    assertThat(least.code()).isEqualTo(2);
    assertThat(least.errLines().getFirst()).contains("min-ratio was the default and is 0.1");
    assertThat(compare("svd", "uniform", "0.3,0.4").code()).isZero();
  }

  /** Another method's settings are options and facts as this project's own are. */
  @Test
  void aRegisteredMethodIsInTheHelpAndCompared() throws Exception {
    Path services = Files.createDirectories(folder.resolve("services"));
    ToyMethod.registered(
        services,
        () -> {
          assertThat(Ran.compot("compress", "--help").out())
              .contains("toy: a method of a test")
              .contains("--strength=N")
              .contains("How strong the toy is. Default: 7.");
          assertThat(compare("toy,svd", "uniform", "0.3", "--strength", "3").code()).isZero();
          Ran other = compare("toy,svd", "uniform", "0.3", "--strength", "4");
          assertThat(other.code()).isEqualTo(2);
          assertThat(other.errLines().getFirst()).contains("strength was 3 and is 4");
        });
    assertThat(Ran.compot("compress", "--help").out()).doesNotContain("--strength");
  }

  @Test
  void aTakenFolderIsLeftAlone() throws Exception {
    Path precious = Files.writeString(folder.resolve("precious.txt"), "keep");
    output = folder;
    Ran ran = compare("svd", "uniform", "0.3");
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.errLines().getFirst()).contains("name a folder apart");
    assertThat(precious).hasContent("keep");
    assertThat(folder.resolve("results.csv")).doesNotExist();
  }
}
