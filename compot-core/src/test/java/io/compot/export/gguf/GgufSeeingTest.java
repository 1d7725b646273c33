package io.compot.export.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.bytedeco.pytorch.global.torch.tensor;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.export.Floats;
import io.compot.gguf.GgufFile;
import io.compot.gguf.GgufValue;
import io.compot.gguf.ValueType;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SeeingFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The language model of one that sees: it computes the same of texts when it is read again, as
 * Qwen3's; that llama.cpp's does is looked at by {@code peers/verify}.
 */
class GgufSeeingTest {

  private static final Path GOLDEN = Path.of("src/test/resources/golden/qwen3_vl");
  private static final String STEM = "model.language_model.";

  @TempDir Path folder;
  private Path model;
  private Path file;

  @BeforeEach
  void copyFixture() throws Exception {
    model = Files.createDirectory(folder.resolve("model"));
    file = folder.resolve("model.gguf");
    for (String name : List.of("config.json", "model.safetensors")) {
      Files.copy(GOLDEN.resolve(name), model.resolve(name));
    }
  }

  @Test
  void itsLanguageModelComesBackAsOneThatReadsTexts() throws Exception {
    List<String> told = export();
    try (Checkpoint before = Checkpoint.open(model);
        Checkpoint after = Checkpoint.open(file)) {
      Architecture architecture = Architecture.of(before);
      Architecture read = Architecture.of(after);
      assertThat(read.family()).isEqualTo("qwen3");
      List<String> language =
          before.names().stream().filter(each -> !each.startsWith("model.visual.")).toList();
      for (String name : language) {
        int count = Math.toIntExact(before.info(name).elements());
        String there = name.startsWith(STEM) ? "model." + name.substring(STEM.length()) : name;
        assertThat(Floats.read(after, there, 0, count))
            .as(name)
            .containsExactly(Floats.read(before, name, 0, count));
      }
      assertThat(after.names()).hasSameSizeAs(language);
      assertThat(told)
          .singleElement()
          .asString()
          .contains("texts alone", before.names().size() - language.size() + " tensors");
      try (var _ = TensorScope.open()) {
        Tensor tokens = tensor(new long[] {3, 50, 7, 7, 21, 40, 12, 33, 9, 4, 30}).view(1, -1);
        Tensor difference =
            logits(before, architecture, tokens).sub(logits(after, read, tokens)).abs().max();
        assertThat(difference.item_double()).isLessThan(1e-5);
      }
    }
  }

  /** As llama.cpp asks for them: positions of images, and how many blocks are given more. */
  @Test
  void aFileSaysHowImagesWouldBeSeen() throws Exception {
    export();
    try (GgufFile read = GgufFile.open(file)) {
      List<GgufValue> sections =
          Stream.of(2, 2, 2, 0)
              .<GgufValue>map(each -> new GgufValue.Whole(ValueType.I32, each))
              .toList();
      assertThat(read.metadata())
          .containsEntry("general.architecture", GgufValue.text("qwen3vl"))
          .containsEntry("qwen3vl.n_deepstack_layers", GgufValue.u32(2))
          .containsEntry(
              "qwen3vl.rope.dimension_sections", new GgufValue.Items(ValueType.I32, sections));
    }
  }

  @ParameterizedTest
  @CsvSource({"'1, 2, 2', half a head", "'4, 1, 1', leave out pair 4"})
  void sectionsThatLlamaCppTurnsOtherwiseAreRefused(String sections, String why) throws Exception {
    Path config = model.resolve("config.json");
    String text = Files.readString(config).replaceAll("\\s+", " ");
    Files.writeString(config, text.replace("[ 2, 2, 2 ]", "[" + sections + "]"));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(this::export)
        .withMessageContainingAll("config.json", "text_config.mrope_section", why);
    assertThat(file).doesNotExist();
  }

  /** What is left out stands among the decoder's projections and sees no text. */
  @Test
  void calibrationPassesOverWhatIsLeftOut() throws Exception {
    Path seeing = SeeingFixture.model(folder.resolve("seeing"));
    Path text = Files.writeString(folder.resolve("text.txt"), "She looked at it. ".repeat(9));
    GgufExport.SCHEMA
        .of(
            Map.of(
                "type",
                "q4_0",
                "tokenizer",
                "without",
                "calibration",
                text.toString(),
                "samples",
                "1",
                "length",
                "32"))
        .write(seeing, file, false, ProgressListener.none());
    try (Checkpoint read = Checkpoint.open(file)) {
      assertThat(read.names()).contains("model.layers.0.self_attn.q_proj.weight");
    }
  }

  private List<String> export() throws Exception {
    var told = new ArrayList<String>();
    ProgressListener listener =
        event -> {
          if (event instanceof Progress.Notice(String text) && !text.contains("tokenizer")) {
            told.add(text);
          }
        };
    GgufExport.SCHEMA.of(Map.of("type", "f32")).write(model, file, false, listener);
    return told;
  }

  private static Tensor logits(Checkpoint checkpoint, Architecture architecture, Tensor tokens)
      throws Exception {
    try (var loaded = CausalModel.load(architecture, WeightLoader.of(checkpoint, Dtype.F32))) {
      return loaded.logits(tokens);
    }
  }
}
