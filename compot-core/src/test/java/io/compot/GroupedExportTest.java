package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.export.Floats;
import io.compot.export.MergedWeights;
import io.compot.model.Architecture;
import io.compot.progress.ProgressListener;
import io.compot.safetensors.WeightSource;
import java.nio.file.Path;
import java.util.Map;
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
  @ValueSource(strings = {"compressed-tensors", "gptq"})
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
