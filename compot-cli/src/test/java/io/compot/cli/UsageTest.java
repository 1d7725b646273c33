package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.testing.SmallDemo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** A request that makes no sense: exit code 2, one line that says why, one that shows the way. */
class UsageTest {

  private static final Path MODEL = Path.of("..", "demo", "model");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "shrink",
        "compress",
        "compress model",
        "compress model -o out --ratio much",
        "compress model -o out --samples some",
        "compress model -o out --shard-size big",
        "compress model -o out --unknown",
        "plan",
        "plan a b",
        "eval model",
        "eval --perplexity text.txt",
        "generate model",
        "inspect",
        "export model",
        "export model -o out --format onnx",
        "export model -o out --format gguf --type q9",
        "export model -o out --format gguf --samples 0",
        "export model -o out --format dense --type q4_0",
        "forward model -o out",
        "forward model --tokens 1,x -o out",
        "generate model --prompt a --dtype int8",
        "chat model --render",
        "chat model --prompt a --now then",
        "chat model --prompt a --messages b"
      })
  void aRequestWithoutSenseIsTwoLines(String line) {
    String[] words = line.isEmpty() ? new String[0] : line.split(" ");
    Ran ran = Ran.compot((Object[]) words);
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.errLines()).hasSize(2);
    assertThat(ran.errLines().getFirst()).startsWith("compot: ");
    String command = words.length == 0 || words[0].equals("shrink") ? "" : " " + words[0];
    assertThat(ran.errLines().getLast()).isEqualTo("try: compot" + command + " --help");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--ratio 0",
        "--ratio 1",
        "--ratio -0.5",
        "--ratio NaN",
        "--method pca",
        "--allocation fair",
        "--allocation pooled --scope one",
        "--rho 0.5",
        "--iterations 0",
        "--init zeros",
        "--samples 0",
        "--samples -3",
        "--length 0",
        "--tolerance NaN",
        "--include no_such_projection"
      })
  void settingsOutOfRangeAreNamed(String settings, @TempDir Path folder) {
    String[] words =
        ("compress "
                + MODEL
                + " -o "
                + folder.resolve("out")
                + " --calibration ../demo/heldout.txt --quiet "
                + settings)
            .split(" ");
    Ran ran = Ran.compot((Object[]) words);
    assertThat(ran.code()).as(ran.err()).isEqualTo(2);
    assertThat(ran.errLines()).hasSize(2);
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource({"20, 0.2", "12.5, 0.125", "100, ''", "-1, ''"})
  void percentsAreRecognised(String given, String meant, @TempDir Path folder) throws Exception {
    Path recipe = Files.writeString(folder.resolve("recipe.yaml"), "ratio: " + given + "\n");
    for (Ran ran :
        List.of(
            Ran.compot("plan", MODEL, "--ratio", given),
            Ran.compot("plan", MODEL, "--recipe", recipe))) {
      assertThat(ran.code()).isBetween(2, 3);
      String line = ran.errLines().getFirst();
      if (meant.isEmpty()) {
        assertThat(line).doesNotContain("did you mean");
      } else {
        assertThat(line).contains("did you mean " + meant + "?");
      }
    }
  }

  @Test
  void forwardAndExportPrintJsonAlone(@TempDir Path folder) throws Exception {
    Path pass = folder.resolve("pass.safetensors");
    Ran ran = Ran.compot("forward", MODEL, "--tokens", "1,2,3", "-o", pass, "--json");
    assertThat(ran.code()).as(ran.err()).isZero();
    var facts = JsonMapper.shared().readTree(ran.out());
    assertThat(facts.path("output").asString()).isEqualTo(pass.toString());
    assertThat(facts.path("tokens").size()).isEqualTo(3);
    assertThat(facts.path("hidden_states").asInt()).isEqualTo(5);
    assertThat(facts.path("hidden_size").asInt()).isEqualTo(128);

    Path dense = folder.resolve("dense");
    ran = Ran.compot("export", SmallDemo.compressed(), "-o", dense, "--json", "-q");
    assertThat(ran.code()).as(ran.err()).isZero();
    facts = JsonMapper.shared().readTree(ran.out());
    assertThat(facts.path("output").asString()).isEqualTo(dense.toString());
    assertThat(facts.path("format").asString()).isEqualTo("dense");
    assertThat(facts.path("tensors").asInt()).isPositive();
  }

  @Test
  void compotNeedsCalibrationText(@TempDir Path folder) {
    Ran ran = Ran.compot("compress", MODEL, "-o", folder.resolve("out"));
    assertThat(ran.code()).as(ran.err()).isEqualTo(2);
    assertThat(ran.errLines().getFirst()).contains("calibration");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "demo",
        "compress",
        "plan",
        "compare",
        "eval",
        "generate",
        "chat",
        "inspect",
        "export",
        "forward"
      })
  void helpFitsAHundredColumns(String command) {
    Ran ran = command.isEmpty() ? Ran.compot("--help") : Ran.compot(command, "--help");
    assertThat(ran.code()).isZero();
    assertThat(ran.err()).isEmpty();
    assertThat(ran.out()).contains("compot " + command).containsAnyOf("Example", "Start here");
    assertThat(ran.out().lines()).allSatisfy(line -> assertThat(line.length()).isLessThan(101));
  }

  @Test
  void versionNamesWhatRuns() {
    Ran ran = Ran.compot("--version");
    assertThat(ran.code()).isZero();
    assertThat(ran.out().lines())
        .anyMatch(line -> line.startsWith("compot "))
        .anyMatch(line -> line.equals("JDK " + Runtime.version()))
        .anyMatch(line -> line.matches("libtorch \\d+\\.\\d+\\.\\d+.*"));
  }
}
