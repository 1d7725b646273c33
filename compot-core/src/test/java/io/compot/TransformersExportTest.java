package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.progress.ProgressListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packed folder stays what it is and gains what transformers needs to run it. */
class TransformersExportTest {

  private static final Path MODEL = Path.of("../demo/model");

  @TempDir private Path folder;

  @Test
  void isTheSameFolderWithCodeBesideIt() throws Exception {
    Path packed = packed("rtn", "4");
    Path output = folder.resolve("out");
    write(packed, output);
    assertThat(output.resolve("model.safetensors"))
        .hasSameBinaryContentAs(packed.resolve("model.safetensors"));
    assertThat(Files.readString(output.resolve("modeling_compot.py")))
        .contains("import Qwen2ForCausalLM as Family", "Apache-2.0");
    try (Checkpoint before = Checkpoint.open(packed);
        Checkpoint after = Checkpoint.open(output)) {
      assertThat(after.packed()).isEqualTo(before.packed());
      assertThat(after.config().object("auto_map").text("AutoModelForCausalLM"))
          .isEqualTo("modeling_compot.CompotForCausalLM");
    }
    // An export of the export has no word of the code that it does not need.
    Path dense = folder.resolve("dense");
    Export.dense(output, dense, false, ProgressListener.none());
    assertThat(dense.resolve("modeling_compot.py")).doesNotExist();
    assertThat(Files.readString(dense.resolve("config.json"))).doesNotContain("auto_map");
    Path again = folder.resolve("again");
    write(output, again);
    assertThat(again.resolve("modeling_compot.py"))
        .hasSameBinaryContentAs(output.resolve("modeling_compot.py"));
  }

  @Test
  void whatHasNoPlaceIsToldBeforeAnyWork() throws Exception {
    Path output = folder.resolve("out");
    assertThatThrownBy(() -> write(MODEL, output))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("transformers loads it as it is");
    Path experts = Path.of("src/test/resources/golden/mixtral");
    assertThatThrownBy(() -> Export.format("transformers", Map.of()).check(experts, output, false))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("mixtral", "--format dense has a place for it");
    assertThat(output).doesNotExist();
  }

  private Path packed(String method, String width) throws Exception {
    Path packed = folder.resolve(method);
    Compression.of(MODEL)
        .method(method)
        .set("width", width)
        .calibration(Path.of("../demo/calibration.txt"))
        .include("layers.0.self_attn")
        .samples(4)
        .length(64)
        .output(packed)
        .run();
    return packed;
  }

  private static void write(Path model, Path output) throws Exception {
    Export.format("transformers", Map.of()).write(model, output, false, ProgressListener.none());
  }
}
