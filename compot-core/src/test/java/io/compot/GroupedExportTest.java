package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.export.ExportFormat;
import io.compot.export.Floats;
import io.compot.export.MergedWeights;
import io.compot.export.gguf.GgufExport;
import io.compot.model.Architecture;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.safetensors.WeightSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Projections on grids in other programs' layouts: the weights that come back are the same. */
class GroupedExportTest {

  private static final Path MODEL = Path.of("../demo/model");

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "compressed-tensors, 4, none",
    "compressed-tensors, 3, fitted",
    "compressed-tensors, 5, fitted",
    "compressed-tensors, 8, none",
    "gptq, 4, none",
    "gptq, 4, fitted",
    "gptq, 3, none",
    "gptq, 2, fitted",
    "gptq, 8, none",
    "mlx, 2, none",
    "mlx, 3, none",
    "mlx, 4, none",
    "mlx, 6, none",
    "mlx, 8, none",
    "gguf, 4, none",
    "gguf, 5, none",
    "gguf, 8, none"
  })
  void codesStayWhatTheyAre(String format, String width, String zeros) throws Exception {
    Path packed = packed(width, "32", zeros);
    Path output = folder.resolve("out.gguf");
    write(packed, output, format, format.equals("gguf") ? Map.of("type", "f32") : Map.of());
    try (Checkpoint source = Checkpoint.open(packed);
        var expected = new MergedWeights(source, Architecture.of(source));
        Checkpoint found = Checkpoint.open(output)) {
      assertThat(found.names()).containsExactlyElementsOf(expected.names());
      for (String name : found.names()) {
        float[] wanted = Floats.read(expected, name, 0, count(expected, name));
        assertThat(Floats.read(found, name, 0, count(found, name))).as(name).isEqualTo(wanted);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "compressed-tensors, 3, fitted",
    "gptq, 4, none",
    "mlx, 4, fitted",
    "gguf, 4, none",
    "gguf, 5, fitted"
  })
  void sizesAreKnownBeforeAnythingIsPacked(String name, String width, String zeros)
      throws Exception {
    ExportFormat format = Export.format(name, Map.of());
    if (format instanceof GgufExport gguf) {
      format = gguf.named("demo");
    }
    Path packed = packed(width, "32", zeros);
    Path output = folder.resolve("out.gguf");
    format.write(packed, output, false, ProgressListener.none());
    try (Checkpoint source = Checkpoint.open(packed)) {
      long expected = format.sizes(MODEL).orElseThrow().bytes(source.packed());
      Path weights = Files.isDirectory(output) ? output.resolve("model.safetensors") : output;
      assertThat(weights).hasSize(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"compressed-tensors", "gptq", "mlx"})
  void denseProjectionsAreRounded(String format) throws Exception {
    Path output = folder.resolve("out");
    write(MODEL, output, format, Map.of("width", "8", "group", "32"));
    Path again = folder.resolve("again");
    write(MODEL, again, format, Map.of("width", "8", "group", "32"));
    assertThat(again.resolve("model.safetensors"))
        .hasSameBinaryContentAs(output.resolve("model.safetensors"));
    String name = "model.layers.1.mlp.down_proj.weight";
    try (Checkpoint source = Checkpoint.open(MODEL);
        Checkpoint found = Checkpoint.open(output)) {
      int count = count(source, name);
      float[] wanted = Floats.read(source, name, 0, count);
      float[] read = Floats.read(found, name, 0, count);
      double error = 0;
      double all = 0;
      for (int i = 0; i < count; i++) {
        error += (wanted[i] - read[i]) * (wanted[i] - read[i]);
        all += wanted[i] * wanted[i];
      }
      assertThat(Math.sqrt(error / all)).isBetween(1e-5, 0.01);
    }
  }

  /** Zero points of MLX are biases in the type of the scales, with one rounding to it. */
  @Test
  void biasesOfMlxAreRoundedOnce() throws Exception {
    Path packed = packed("4", "32", "fitted");
    Path output = folder.resolve("out");
    write(packed, output, "mlx", Map.of());
    String name = "model.layers.1.mlp.down_proj.weight";
    try (Checkpoint source = Checkpoint.open(packed);
        var expected = new MergedWeights(source, Architecture.of(source));
        Checkpoint found = Checkpoint.open(output)) {
      int count = count(expected, name);
      float[] wanted = Floats.read(expected, name, 0, count);
      float[] read = Floats.read(found, name, 0, count);
      for (int i = 0; i < count; i++) {
        assertThat(read[i]).isCloseTo(wanted[i], within(1e-6f));
      }
    }
  }

  @Test
  void configurationsSayWhatMlxWouldTakeForGranted() throws Exception {
    Path model = Files.createDirectory(folder.resolve("model"));
    Files.copy(MODEL.resolve("model.safetensors"), model.resolve("model.safetensors"));
    String config = Files.readString(MODEL.resolve("config.json"));
    String nested = "\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 5000.0}";
    Files.writeString(
        model.resolve("config.json"), config.replaceFirst("\"rope_theta\": [^,]*", nested));
    Path output = folder.resolve("out");
    write(model, output, "mlx", Map.of("width", "8", "group", "32"));
    assertThat(Files.readString(output.resolve("config.json")))
        .contains("\"rope_theta\" : 5000.0,", "\"tie_word_embeddings\" : true");
  }

  @Test
  void rowsThatAreNoGroupsOfMlxAreRefused() {
    assertThatThrownBy(
            () -> write(MODEL, folder.resolve("out"), "mlx", Map.of("width", "4", "group", "64")))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("rows of 352 weights", "take groups of 32");
    assertThatThrownBy(() ->
            write(
                Path.of("src/test/resources/golden/gpt2"),
                folder.resolve("out"),
                "mlx",
                Map.of("width", "4")))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("\"gpt2\" models cannot be written for MLX", "--format dense");
  }

  /** The sizes that are offered are those of the files that come of it. */
  @ParameterizedTest
  @ValueSource(strings = {"compressed-tensors", "gptq", "mlx"})
  void factorsAreRefusedWithWhatMayBeMadeOfThem(String format) throws Exception {
    Path packed = folder.resolve("packed");
    Compression.of(MODEL)
        .method("svd")
        .allocation("uniform")
        .ratio(0.3)
        .include("layers.0.mlp")
        .output(packed)
        .run();
    Path output = folder.resolve("out");
    String message = refusal(packed, output, format);
    assertThat(message)
        .containsPattern("3 projections are packed as rank \\d+")
        .contains("the format " + format + " has no place", "of their weights that they lost");
    var offer = Pattern.compile("--width 4 \\(([0-9,]+) bytes, weights change by 8[.][0-9]% more");
    Matcher found = offer.matcher(message);
    assertThat(found.find()).as(message).isTrue();
    write(packed, output, format, Map.of("width", "4", "group", "32"));
    assertThat(output.resolve("model.safetensors")).hasSize(bytes(found.group(1)));
    found = Pattern.compile("--format dense \\(([0-9,]+) bytes").matcher(message);
    assertThat(found.find()).isTrue();
    Path dense = folder.resolve("dense");
    Export.dense(packed, dense, false, ProgressListener.none());
    assertThat(dense.resolve("model.safetensors")).hasSize(bytes(found.group(1)));
  }

  private static String refusal(Path packed, Path output, String format) {
    var refused =
        catchThrowableOfType(
            UsageException.class, () -> write(packed, output, format, Map.of("group", "32")));
    assertThat(output).doesNotExist();
    assertThatThrownBy(() -> write(packed, output, format, Map.of()))
        .hasMessageContaining(format.startsWith("c") ? "--width 4 (" : "--width 4 --group 32 (");
    return refused.getMessage();
  }

  private static long bytes(String written) {
    return Long.parseLong(written.replace(",", ""));
  }

  @ParameterizedTest
  @CsvSource({"compressed-tensors, F32", "gptq, F32", "mlx, INT8/64"})
  void packedEmbeddingsAreCodesWhereTheFormatHasThem(String format, String type) throws Exception {
    Path packed = folder.resolve("packed");
    Compression.of(MODEL)
        .method("rtn")
        .set("width", "4")
        .set("group", "32")
        .set("zero-points", "none")
        .set("embeddings", "8")
        .output(packed)
        .run();
    Path output = folder.resolve("out");
    var told = new ArrayList<String>();
    ProgressListener listener =
        event -> {
          if (event instanceof Progress.Notice(String text) && text.contains("embed_tokens")) {
            told.add(text);
          }
        };
    Export.format(format, Map.of()).write(packed, output, false, listener);
    String name = "model.embed_tokens.weight";
    try (Checkpoint source = Checkpoint.open(packed);
        var expected = new MergedWeights(source, Architecture.of(source));
        Checkpoint found = Checkpoint.open(output)) {
      assertThat(found.stored(name).type()).isEqualTo(type);
      assertThat(Floats.read(found, name, 0, 1024))
          .containsExactly(Floats.read(expected, name, 0, 1024), within(1e-3f));
    }
    assertThat(told).hasSize(type.equals("F32") ? 1 : 0);
  }

  @Test
  void whatHasNoPlaceIsToldBeforeAnyWork() throws Exception {
    Path output = folder.resolve("out");
    assertThatThrownBy(() -> write(MODEL, output, "gptq", Map.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--width");
    assertThatThrownBy(() -> write(packed("5", "32", "none"), output, "gptq", Map.of()))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("--format compressed-tensors has a place for them");
    assertThat(output).doesNotExist();
  }

  private Path packed(String width, String group, String zeros) throws Exception {
    Path packed = folder.resolve("packed");
    Compression.of(MODEL)
        .method("rtn")
        .set("width", width)
        .set("group", group)
        .set("zero-points", zeros)
        .set("scales", "f16")
        .output(packed)
        .run();
    return packed;
  }

  private static void write(Path model, Path output, String format, Map<String, String> said)
      throws Exception {
    Export.format(format, said).write(model, output, false, ProgressListener.none());
  }

  private static int count(WeightSource weights, String name) throws Exception {
    return weights.info(name).shape().stream()
        .mapToInt(Math::toIntExact)
        .reduce(1, (a, b) -> a * b);
  }
}
