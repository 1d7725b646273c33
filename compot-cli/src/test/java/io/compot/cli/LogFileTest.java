package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LogFileTest {

  @TempDir Path folder;

  @Test
  void hasOneLineALayerWithErrorAndTime() throws Exception {
    Path log = Files.writeString(folder.resolve("run.log"), "kept\n");
    Ran ran = compress(log, "info");
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.err()).isEmpty();
    List<String> lines = Files.readAllLines(log);
    assertThat(lines.getFirst()).isEqualTo("kept");
    assertThat(lines.get(1)).contains("compot ", "libtorch");
    assertThat(lines)
        .filteredOn(line -> line.contains("layer "))
        .hasSize(7)
        .allMatch(line ->
            line.matches(
                "\\S+ INFO  ProgressLog: layer \\d/7 model\\.layers\\.0\\S+: k \\d+, s \\d+, relative"
                    + " error 0\\.\\d+, \\d+\\.\\d\\d s"));
    assertThat(lines).anyMatch(line -> line.contains("compress: done in"));
  }

  @Test
  void isJsonWhereItsNameSaysSo() throws Exception {
    OffsetDateTime before = OffsetDateTime.now(ZoneOffset.UTC).minusSeconds(1);
    Path log = folder.resolve("run.jsonl");
    assertThat(compress(log, "debug").code()).isZero();
    List<JsonNode> lines =
        Files.readAllLines(log).stream().map(JsonMapper.shared()::readTree).toList();
    assertThat(lines)
        .filteredOn(line -> line.path("message").asString("").startsWith("layer "))
        .hasSize(7)
        .allMatch(line -> line.path("level").asString("").equals("INFO"))
        .allMatch(line -> line.path("relative_error").isNumber() && line.path("seconds").isNumber())
        .allMatch(line -> line.path("layer").asString("").startsWith("model.layers.0."));
    assertThat(lines)
        .allMatch(line -> !OffsetDateTime.parse(line.path("time").asString("")).isBefore(before));
    assertThat(lines).anyMatch(line -> line.path("level").asString("").equals("DEBUG"));
  }

  @Test
  void hasTheErrorAndSaysWhereItCannotBeWritten() throws Exception {
    Path log = folder.resolve("run.log");
    Ran refused = Ran.compot("inspect", folder.resolve("absent"), "--log-file", log);
    assertThat(refused.code()).isEqualTo(3);
    assertThat(Files.readString(log)).contains("ERROR", "absent: there is no such folder");
    Ran unwritable = Ran.compot("inspect", folder, "--log-file", folder.resolve("no/such/run.log"));
    assertThat(unwritable.code()).isEqualTo(1);
    assertThat(unwritable.errLines()).hasSize(1);
    assertThat(unwritable.err()).contains("run.log", "--log-file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "b"})
  void crashReportsTellAllButWhatIsTheUsers(String name) throws Exception {
    Path output = folder.resolve("secret-out");
    var thrown =
        new IllegalStateException("cannot read \"my secret text\"", new OutOfMemoryError("heap"));
    String[] arguments = {
      "generate", "secret-model", "--prompt", "secret words", "--seed=7", "-o", output.toString()
    };
    for (int i = 0; i < 3; i++) {
      CrashReport.write(thrown, List.of("layer 3/7 model.layers.0: k 4 " + name), arguments);
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> reports = files.toList();
      assertThat(reports).hasSize(3);
      for (Path report : reports) {
        assertThat(report.getFileName().toString()).startsWith("compot-crash-");
        assertThat(Files.readString(report))
            .contains(
                "libtorch",
                "compot generate --prompt --seed -o",
                "layer 3/7 model.layers.0: k 4 " + name,
                "IllegalStateException: cannot read \"...\"",
                "caused by java.lang.OutOfMemoryError: heap",
                "at io.compot.cli.LogFileTest")
            .doesNotContain("secret words", "my secret text", "secret-model");
      }
    }
  }

  private Ran compress(Path log, String level) {
    return Ran.compot(
        "compress",
        "../demo/model",
        "-o",
        folder.resolve("out-" + level),
        "--calibration",
        "../demo/calibration.txt",
        "--samples",
        "4",
        "--iterations",
        "1",
        "--include",
        "layers.0",
        "--quiet",
        "--log-file",
        log,
        "--log-level",
        level);
  }

  @Test
  void noOtherFileIsWrittenTo() throws Exception {
    Path weights = Files.writeString(folder.resolve("model.safetensors"), "0123456789");
    Ran ran = Ran.compot("inspect", "../demo/model", "--log-file", weights);
    assertThat(ran.code()).isEqualTo(2);
    assertThat(ran.err()).contains("model.safetensors: there is a file that is no log");
    assertThat(weights).hasContent("0123456789");
    Path log = folder.resolve("again.jsonl");
    assertThat(Ran.compot("inspect", "../demo/model", "--log-file", log).code()).isZero();
    long once = Files.size(log);
    assertThat(Ran.compot("inspect", "../demo/model", "--log-file", log).code()).isZero();
    assertThat(Files.size(log)).isGreaterThanOrEqualTo(once);
  }
}
