package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.checkpoint.Checkpoint;
import io.compot.export.Floats;
import io.compot.progress.ProgressListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exports of what is in another program's format. */
class ExportAgainTest {

  private static final Path MODEL = Path.of("../demo/model");

  @TempDir private Path folder;

  /** What others' programs wrote is a source like any other; nothing of theirs stays beside it. */
  @ParameterizedTest
  @CsvSource({"gptq, gptq", "gptq, mlx", "gptq, dense", "mlx, dense", "gguf, dense"})
  void anExportIsExportedAgain(String first, String second) throws Exception {
    Map<String, String> grid = Map.of("width", "8", "group", "32");
    Path once = folder.resolve("once.gguf");
    Path twice = folder.resolve("twice");
    write(MODEL, once, first, first.equals("gguf") ? Map.of() : grid);
    write(once, twice, second, second.equals("dense") ? Map.of() : grid);
    assertThat(Files.exists(twice.resolve("quantize_config.json")))
        .isEqualTo(second.equals("gptq"));
    assertThat(Files.readString(twice.resolve("config.json")).contains("quantization"))
        .isEqualTo(!second.equals("dense"));
    String name = "model.layers.1.mlp.down_proj.weight";
    try (Checkpoint before = Checkpoint.open(once);
        Checkpoint after = Checkpoint.open(twice)) {
      assertThat(Floats.read(after, name, 0, 1024))
          .containsExactly(
              Floats.read(before, name, 0, 1024), within(second.equals("dense") ? 0f : 5e-3f));
    }
  }

  private static void write(Path model, Path output, String format, Map<String, String> said)
      throws Exception {
    Export.format(format, said).write(model, output, false, ProgressListener.none());
  }
}
