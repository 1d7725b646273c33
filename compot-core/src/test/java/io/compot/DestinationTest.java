package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.result.CompressionReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compressions that are written straight in another program's format. */
class DestinationTest {

  private static final Path MODEL = Path.of("../demo/model");

  @TempDir private Path folder;

  @Test
  void ggufHoldsTheVeryCodes() throws Exception {
    Path output = folder.resolve("smaller.gguf");
    CompressionReport report = compression(output, "gguf").set("bits", "4.9").run();
    assertThat(report.method()).isEqualTo("gptq");
    var types = new TreeSet<String>();
    try (Checkpoint written = Checkpoint.open(output)) {
      for (String name : written.names()) {
        if (name.contains("layers.0.mlp") && name.endsWith("weight")) {
          types.add(written.stored(name).type());
        }
      }
    }
    assertThat(types).isNotEmpty().isSubsetOf("Q4_0", "Q5_0", "Q8_0");
    assertThat(folder).isDirectoryNotContaining(each -> !each.equals(output));
  }

  @Test
  void vllmReadsCompressedTensors() throws Exception {
    Path output = folder.resolve("smaller");
    compression(output, "vllm").set("width", "4").run();
    assertThat(Files.readString(output.resolve("config.json")))
        .contains("pack-quantized", "compressed-tensors");
    assertThat(folder).isDirectoryNotContaining(each -> !each.equals(output));
  }

  @Test
  void mlxHasZeroPointsAsBiases() throws Exception {
    Path output = folder.resolve("smaller");
    compression(output, "mlx").set("width", "4").set("group", "32").set("embeddings", "8").run();
    assertThat(Files.readString(output.resolve("config.json")))
        .contains("\"mode\" : \"affine\"", "model.layers.0.mlp.down_proj");
    try (Checkpoint written = Checkpoint.open(output)) {
      assertThat(written.stored("model.layers.0.mlp.down_proj.weight").type()).isEqualTo("INT4/32");
      assertThat(written.stored("model.embed_tokens.weight").type()).isEqualTo("INT8/64");
    }
  }

  @Test
  void transformersTakesTrellisCodesWithTheirPythonFile() throws Exception {
    Path output = folder.resolve("smaller");
    compression(output, "transformers").method("trellis").set("width", "3").run();
    assertThat(output.resolve("modeling_compot.py")).exists();
    assertThat(Files.readString(output.resolve("config.json"))).contains("auto_map", "trellis");
  }

  /** Bytes on disk, headers and what is rounded in the end included, met from below. */
  @ParameterizedTest
  @CsvSource({"gguf, 640000", "vllm, 1100000", "mlx, 1100000"})
  void aSizeIsThatOfTheFilesThatAreWritten(String destination, long size) throws Exception {
    Path output = folder.resolve(destination.equals("gguf") ? "smaller.gguf" : "smaller");
    Compression.of(MODEL)
        .destination(Destination.named(destination))
        .calibration(Path.of("../demo/calibration.txt"))
        .set("size", size)
        .set("group", "32")
        .method("rtn")
        .allocation("whitened")
        .samples(4)
        .length(64)
        .output(output)
        .run();
    Path file = Files.isDirectory(output) ? output.resolve("model.safetensors") : output;
    assertThat(Files.size(file)).isBetween(size - size / 200, size);
  }

  @ParameterizedTest
  @CsvSource({
    "gguf, method, compot, method compot is not for gguf",
    "gguf, width, 3, width 3 is not for gguf: its format holds codes of 4. 5. 8 bits",
    "gguf, group, 48, group 48 is not for gguf",
    "gguf, zero-points, fitted, zero-points fitted is not for gguf",
    "vllm, width, 5, width 5 is not for vllm",
    "vllm, method, mix, method mix is not for vllm",
    "mlx, width, 7, width 7 is not for mlx",
    "mlx, group, 48, group 48 is not for mlx",
    "mlx, embeddings, 7, embeddings 7 is not for mlx",
    "vllm, embeddings, 8, embeddings is not for vllm",
    "transformers, embeddings, 8, embeddings is not for transformers"
  })
  void whatTheFormatDoesNotHoldIsRefusedBeforeAnyWork(
      String destination, String setting, String value, String message) {
    Path output = folder.resolve("smaller");
    assertThatThrownBy(() -> compression(output, destination).set(setting, value).run())
        .isInstanceOf(UsageException.class)
        .hasMessageMatching(message + ".*--for transformers takes it.*");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void modelsThatTheFormatDoesNotHoldAreRefusedBeforeAnyWork() throws Exception {
    Path experts = Path.of("src/test/resources/golden/mixtral");
    assertThatThrownBy(() ->
            Compression.of(experts)
                .destination(Destination.named("vllm"))
                .output(folder.resolve("smaller"))
                .calibration(Path.of("../demo/calibration.txt"))
                .run())
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("experts have no place", "--format dense or gguf");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void anUnknownDestinationIsRefused() {
    assertThatThrownBy(() -> Destination.named("onnx"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("choose one of gguf, vllm, mlx, transformers");
  }

  private static Compression compression(Path output, String destination) throws Exception {
    return Compression.of(MODEL)
        .destination(Destination.named(destination))
        .calibration(Path.of("../demo/calibration.txt"))
        .include("layers.0.mlp")
        .samples(4)
        .length(64)
        .output(output);
  }
}
