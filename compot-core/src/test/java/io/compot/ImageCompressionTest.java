package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.testing.SharedData;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model that sees, from rows with images to a smaller model that runs. */
class ImageCompressionTest {

  private static final String SEES = "model.visual.";

  @TempDir private Path folder;
  private Path model;
  private Path fixture;
  private Path rows;

  @BeforeEach
  void writeModelAndRows() throws Exception {
    fixture = Path.of(ImageCompressionTest.class.getResource("/golden/qwen3_vl").toURI());
    model = Files.createDirectory(folder.resolve("model"));
    for (String name : List.of("config.json", "model.safetensors", "preprocessor_config.json")) {
      Files.copy(fixture.resolve(name), model.resolve(name));
    }
    for (String name : List.of("chat_template.jinja", "tokenizer.json")) {
      Files.copy(SharedData.path("vision/golden/tokens/" + name), model.resolve(name));
    }
    var random = new Random(5);
    var lines = new StringBuilder();
    for (int i = 0; i < 4; i++) {
      var image = new BufferedImage(40 + 8 * i, 24, BufferedImage.TYPE_INT_RGB);
      for (int at = 0; at < image.getWidth() * 24; at++) {
        image.setRGB(at % image.getWidth(), at / image.getWidth(), random.nextInt());
      }
      ImageIO.write(image, "png", folder.resolve(i + ".png").toFile());
      lines.append(row(i + ".png", (3 - i) + ".png"));
    }
    rows = Files.writeString(folder.resolve("rows.jsonl"), lines);
  }

  private static String row(String first, String second) {
    return """
    {"messages": [{"role": "user", "content": [{"type": "image", "image": "%s"}, \
    {"type": "text", "text": "and"}, {"type": "image", "image": "%s"}]}, \
    {"role": "assistant", "content": "They are of noise."}]}
    """
        .formatted(first, second);
  }

  private Compression compression(String method) throws CompotException {
    return Compression.of(model)
        .method(method)
        .ratio(0.3)
        .set("samples", "auto")
        .calibration(rows)
        .output(folder.resolve("smaller"));
  }

  @ParameterizedTest
  @CsvSource({"svd-llm, closed-form", "svd-llm, sequential", "compot+, "})
  void allOfItGetsSmallerAndRuns(String method, String update) throws Exception {
    Compression compression = compression(method).set("include", "*");
    if ("sequential".equals(update)) {
      compression.set("update", update);
    }
    var report = compression.run();
    assertThat(report.layers()).anyMatch(layer -> layer.name().startsWith(SEES + "blocks."));
    assertThat(report.layers()).anyMatch(layer -> layer.name().startsWith(SEES + "merger."));
    assertThat(report.layers())
        .anyMatch(layer -> layer.name().startsWith(SEES + "deepstack_merger_list."));
    try (var smaller = Model.load(folder.resolve("smaller"), Computation.F32);
        var forward = smaller.forward(fixture.resolve("expected.safetensors"), "seq0")) {
      assertThat(forward.logits().isfinite().all().item_bool()).isTrue();
    }
  }

  @Test
  void byItselfOnlyWhatReadsAndWritesGetsSmaller() throws Exception {
    var report = compression("svd-llm").run();
    assertThat(report.layers()).isNotEmpty().noneMatch(layer -> layer.name().startsWith(SEES));
  }

  @Test
  void textSaysNothingOfWhatSees() throws Exception {
    Path text = Files.writeString(folder.resolve("text.txt"), "A text of words. ".repeat(200));
    assertThatThrownBy(() ->
            compression("svd-llm")
                .calibration(text)
                .set("include", SEES + "*")
                .set("length", "64")
                .run())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("sees images, but there are none");
    assertThat(folder.resolve("smaller")).doesNotExist();
  }

  @Test
  void rowsWithoutTheirImagesAreRefused() throws Exception {
    Files.writeString(rows, row("0.png", "none.png"));
    assertThatThrownBy(() -> compression("svd-llm").run())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("row 1")
        .hasMessageContaining("none.png");
  }
}
