package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.testing.SeeingFixture;
import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tasks, widths, sizes, models that are there, and settings of single projections. */
class CompareMoreTest {

  private static final Path MODEL = Path.of("..", "demo", "model").toAbsolutePath().normalize();

  @TempDir private Path folder;
  private Path text;
  private Path output;

  @BeforeEach
  void heldOut() throws Exception {
    text = folder.resolve("text.txt");
    String stories = Files.readString(MODEL.resolveSibling("heldout.txt"));
    Files.writeString(text, stories.substring(0, 8_000));
    output = folder.resolve("comparison");
    Files.writeString(
        folder.resolve("q.jsonl"),
        """
        {"q": "Once upon a", "a": " time", "b": " car", "k": 0}
        {"q": "The little girl was very", "a": " seven", "b": " happy", "k": 1}
        {"q": "They went to the", "a": " park", "b": " because", "k": 0}
        """);
    Files.writeString(
        folder.resolve("t.yaml"),
        """
        name: ends
        kind: multiple_choice
        data: q.jsonl
        prompt: "{q}"
        delimiter: ""
        choices: ["{a}", "{b}"]
        answer: k
        """);
  }

  private JsonNode json(Ran ran) {
    assertThat(ran.code()).as(ran.err()).isZero();
    return JsonMapper.shared().readTree(ran.out());
  }

  @Test
  void tasksAboutImagesAreColumns() throws Exception {
    Path seer = SeeingFixture.model(folder.resolve("seer"));
    JsonNode rows =
        json(Ran.compot(
                "compare",
                seer,
                "--methods",
                "rtn",
                "--width",
                "4",
                "--tasks",
                "mmmu_val,realworldqa",
                "--task-data",
                SharedData.path("vision/parquet"),
                "--limit",
                "2",
                "--eval",
                text,
                "--windows",
                "2",
                "-o",
                output,
                "--json"))
            .path("results");
    assertThat(rows.size()).isEqualTo(2);
    for (JsonNode row : rows) {
      assertThat(
              row.path("tasks").valueStream().map(each -> each.path("metric").asString()).toList())
          .containsExactly("mmmu_acc", "exact_match");
      assertThat(row.path("tasks").path(1).path("documents").asInt()).isEqualTo(2);
    }
  }

  @Test
  void tasksAreColumnsWithTheirErrors() throws Exception {
    Object[] command = {
      "compare",
      MODEL,
      "--methods",
      "rtn",
      "--width",
      "8,2",
      "--tasks",
      folder.resolve("t.yaml"),
      "--eval",
      text,
      "--windows",
      "6",
      "-o",
      output,
      "--json"
    };
    JsonNode all = json(Ran.compot(command));
    JsonNode rows = all.path("results");
    assertThat(rows.size()).isEqualTo(3);
    for (JsonNode row : rows) {
      JsonNode figure = row.path("tasks").path(0);
      assertThat(figure.path("name").asString()).isEqualTo("ends");
      assertThat(figure.path("documents").asInt()).isEqualTo(3);
      assertThat(figure.path("standard_error").isNumber()).isTrue();
      assertThat(row.path("sample").asString()).isNotBlank();
      assertThat(row.path("tokens_per_second").asDouble()).isPositive();
    }
    // The same question to eval gives the same answer.
    Ran eval = Ran.compot("eval", MODEL, "--tasks", folder.resolve("t.yaml"), "--json");
    JsonNode alone = json(eval).path("results").path(0);
    JsonNode original = rows.path(0).path("tasks").path(0);
    assertThat(original.path("value").asDouble())
        .isCloseTo(alone.path("value").asDouble(), within(1e-12));
    assertThat(original.path("standard_error").asDouble())
        .isCloseTo(alone.path("standard_error").asDouble(), within(1e-12));

    JsonNode protocol = all.path("protocols").path("model");
    assertThat(protocol.path("windows").asInt()).isEqualTo(6);
    assertThat(protocol.path("sha256").asString()).hasSize(64);
    assertThat(protocol.path("tasks").path("ends").path("documents").asInt()).isEqualTo(3);
    assertThat(all.path("settings").path("model: seed").asString()).isEqualTo("42");
    assertThat(all.path("versions").propertyNames())
        .contains("compot", "java", "libtorch", "threads");
    assertThat(all.path("inputs").propertyNames()).contains(text.toString());

    List<String> lines = Files.readAllLines(output.resolve("results.csv"));
    assertThat(lines.getFirst())
        .contains(",ends_acc,ends_acc_standard_error,", ",protocol_window,");
    assertThat(lines)
        .allMatch(line -> line.split(",").length == lines.getFirst().split(",").length);
    assertThat(Files.readString(output.resolve("results.tex")))
        .contains("& ends acc", "$\\pm$", "% libtorch ", "6 windows of");
    assertThat(Files.readString(output.resolve("results.md"))).contains("ends acc", " ± ");
    assertThat(output.resolve("task-ends-acc.svg")).exists();

    Ran again = Ran.compot(command);
    assertThat(json(again).path("results")).isEqualTo(rows);
    command[7] = folder.resolve("q.jsonl");
    assertThat(Ran.compot(command).code()).isNotZero();
  }

  @Test
  void widthsAndSizesAndModelsThatAreThere() throws Exception {
    Path made = folder.resolve("made");
    Ran compressed =
        Ran.compot("compress", MODEL, "--method", "rtn", "--width", "4", "-o", made, "-q");
    assertThat(compressed.code()).as(compressed.err()).isZero();
    Path gguf = folder.resolve("q8.gguf");
    Ran exported =
        Ran.compot("export", MODEL, "--format", "gguf", "--type", "q8_0", "-o", gguf, "-q");
    assertThat(exported.code()).as(exported.err()).isZero();
    Path packed = folder.resolve("packed");
    Ran repacked = Ran.compot("export", made, "--format", "compressed-tensors", "-o", packed, "-q");
    assertThat(repacked.code()).as(repacked.err()).isZero();
    JsonNode rows =
        json(Ran.compot(
                "compare",
                MODEL,
                "--methods",
                "rtn,svd",
                "--width",
                "4",
                "--bits",
                "6",
                "--also",
                made,
                "--also",
                gguf,
                "--also",
                packed,
                "--eval",
                text,
                "--windows",
                "6",
                "-o",
                output,
                "--json"))
            .path("results");
    assertThat(rows.valueStream().map(row -> row.path("method").asString() + " " + asked(row)))
        .containsExactly(
            "original  ",
            "rtn bits 6.0",
            "rtn width 4",
            "svd bits 6.0",
            "made file " + made,
            "q8.gguf file " + gguf,
            "packed file " + packed);
    // The same codes as another tool's folder.
    double divergence = rows.path(4).path("kl_divergence").asDouble();
    assertThat(rows.path(6).path("kl_divergence").asDouble())
        .isCloseTo(divergence, within(0.02 * divergence));
    JsonNode width = rows.path(2);
    JsonNode there = rows.path(4);
    for (String same : List.of("bits_per_weight", "tensor_bytes", "perplexity", "kl_divergence")) {
      assertThat(there.path(same).asDouble())
          .as(same)
          .isCloseTo(width.path(same).asDouble(), within(1e-9 * width.path(same).asDouble()));
    }
    JsonNode eight = rows.path(5);
    assertThat(eight.path("file_bytes").asLong()).isEqualTo(Files.size(gguf));
    assertThat(eight.path("bits_per_weight").asDouble()).isCloseTo(8.5, within(1e-9));
    assertThat(eight.path("kl_divergence").asDouble())
        .isPositive()
        .isLessThan(there.path("kl_divergence").asDouble());
    assertThat(Files.readString(output.resolve("size.svg"))).contains("q8.gguf", "rtn", "MB");
    assertThat(Files.readString(output.resolve("results.md"))).contains("| q8.gguf | Q8_0 |");

    Ran other =
        Ran.compot(
            "compare",
            MODEL,
            "--methods",
            "rtn",
            "--width",
            "4",
            "--also",
            text,
            "--eval",
            text,
            "-o",
            folder.resolve("other"));
    assertThat(other.code()).isEqualTo(3);
    assertThat(other.errLines().getFirst()).contains("text.txt");
  }

  private static String asked(JsonNode row) {
    return row.path("setting").asString() + " " + row.path("asked").asString();
  }

  @Test
  void aRecipeHasAxesOverridesAndTasks() throws Exception {
    Path recipe = folder.resolve("recipe.yaml");
    String beginning =
        """
        models:
          - {name: demo, path: %s, heldout: text.txt, window: 64, windows: 4}
        methods: [svd, {method: rtn, width: [4, 3]}]
        ratios: 0.4
        group: 32
        tasks: t.yaml
        """
            .formatted(MODEL);
    Files.writeString(
        recipe,
        beginning
            + """
            overrides:
              - {match: down_proj, skip: true}
              - {match: q_proj, group: 16}
            """);
    JsonNode rows =
        json(Ran.compot("compare", "--recipe", recipe, "-o", output, "--json")).path("results");
    assertThat(rows.valueStream().map(row -> row.path("method").asString() + " " + asked(row)))
        .containsExactly("original  ", "svd ratio 0.4", "rtn width 4", "rtn width 3");
    assertThat(rows.path(1).path("tasks").size()).isPositive();
    Files.writeString(recipe, beginning);
    JsonNode plain =
        json(Ran.compot("compare", "--recipe", recipe, "-o", folder.resolve("b"), "--json"))
            .path("results");
    // What stays dense is among the bits, and does no harm.
    for (int row = 1; row < 4; row++) {
      assertThat(rows.path(row).path("kl_divergence").asDouble())
          .isLessThan(plain.path(row).path("kl_divergence").asDouble());
    }
    Ran resumed = Ran.compot("compare", "--recipe", recipe, "-o", output);
    assertThat(resumed.code()).isEqualTo(2);
    assertThat(resumed.errLines().getFirst()).contains("overrides was ");

    Files.writeString(recipe, beginning + "overrides: [{match: q_proj, widht: 3}]\n");
    Ran wrong = Ran.compot("compare", "--recipe", recipe, "-o", output);
    assertThat(wrong.code()).isEqualTo(3);
    assertThat(wrong.errLines().getFirst()).contains("overrides[0].widht", "did you mean width?");
  }

  @Test
  void oneMethodIsComparedWithSeveralSettingsOfItsOwn() throws Exception {
    Path recipe = folder.resolve("recipe.yaml");
    String models =
        """
        models:
          - {name: demo, path: %s, calibration: %s, heldout: text.txt, window: 64, windows: 4}
        samples: 4
        length: 32
        """
            .formatted(MODEL, MODEL.resolveSibling("calibration.txt"));
    Files.writeString(
        recipe,
        models
            + """
            methods:
              - {method: rtn, group: 32, zero-points: none, bits: 3.6}
              - {method: rtn, group: 128, bits: 3.6}
              - {method: svd-llm, width: 4, bits: 3.6}
            """);
    List<JsonNode> rows =
        json(Ran.compot("compare", "--recipe", recipe, "-o", output, "--json"))
            .path("results")
            .valueStream()
            .toList();
    assertThat(rows.stream().map(row -> row.path("settings").asString()))
        .containsExactly("", "group 32, zero-points none", "group 128", "width 4");
    assertThat(rows.stream().skip(1).map(row -> row.path("bits_per_weight").asDouble()))
        .allSatisfy(bits -> assertThat(bits).isBetween(3.3, 3.6))
        .doesNotHaveDuplicates();
    assertThat(output.resolve("results.md")).content().contains("rtn (group 128), uniform");
    Ran again = Ran.compot("compare", "--recipe", recipe, "-o", output);
    assertThat(again.code()).isZero();
    assertThat(again.out()).contains("svd-llm (width 4)");

    Files.writeString(recipe, models + "methods: [{method: svd, group: 32, rounds: 4, bits: 4}]\n");
    Ran wrong = Ran.compot("compare", "--recipe", recipe, "-o", output);
    assertThat(wrong.code()).isEqualTo(3);
    assertThat(wrong.errLines().getFirst()).contains("methods[0].rounds", "no such key");
    Files.writeString(recipe, models + "methods: [{method: rtn, group: 3, bits: 4}]\n");
    wrong = Ran.compot("compare", "--recipe", recipe, "-o", output);
    assertThat(wrong.code()).isEqualTo(3);
    assertThat(wrong.errLines().getFirst()).contains("methods[0].group", "3 is not");
  }

  /** A limit is found by making models, and a comparison asks for sizes. */
  @Test
  void aLimitOfDivergenceIsNoSize() throws Exception {
    Path recipe = folder.resolve("recipe.yaml");
    Files.writeString(
        recipe,
        """
        models:
          - {name: demo, path: %s, heldout: text.txt, window: 64, windows: 4}
        methods: [{method: rtn, bits: 4}]
        max-kl: 0.05
        """
            .formatted(MODEL));
    Ran ran = Ran.compot("compare", "--recipe", recipe, "-o", output);
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.errLines().getFirst()).contains("bits and max-kl", "say one of them");
    assertThat(output.resolve("results.jsonl")).doesNotExist();
  }
}
