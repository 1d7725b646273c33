package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of chats calibrate as the model's own template writes them. */
class CalibrationChatsTest {

  private static final Path DEMO = Path.of("..", "demo", "model");
  private static final String TEMPLATE =
      "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}"
          + "{% if add_generation_prompt %}<assistant>{% endif %}";

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void giveItATemplate() throws Exception {
    model = Files.createDirectories(folder.resolve("model"));
    try (Stream<Path> files = Files.list(DEMO)) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    Files.writeString(model.resolve("chat_template.jinja"), TEMPLATE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"messages\":[{\"role\":\"user\",\"content\":\"Tell %1$d tales.\"},"
            + "{\"role\":\"assistant\",\"content\":\"Once upon a time.\"}]}",
        "{\"conversations\":[{\"from\":\"human\",\"value\":\"Tell %1$d tales.\"},"
            + "{\"from\":\"gpt\",\"value\":\"Once upon a time.\"}]}"
      })
  void areReadThroughTheModelsTemplate(String row) throws Exception {
    var chats = new StringBuilder();
    var texts = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      chats.append(row.formatted(i)).append('\n');
      texts.append(
          "{\"text\":\"<user>Tell %d tales.\\n<assistant>Once upon a time.\\n\"}\n".formatted(i));
    }
    assertThat(weights("chats", chats.toString()))
        .hasSameBinaryContentAs(weights("texts", texts.toString()));
  }

  @Test
  void withoutATemplateTheyAreRefusedAndTextsAreNot() throws Exception {
    Files.delete(model.resolve("chat_template.jinja"));
    String chat = "{\"messages\":[{\"role\":\"user\",\"content\":\"Hello.\"}]}\n";
    assertThatThrownBy(() -> weights("chats", chat))
        .isInstanceOf(InputException.class)
        .hasMessageContainingAll("line 1: messages", "no chat template")
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
    assertThat(weights("texts", "{\"text\":\"Once upon a time.\"}\n".repeat(400))).exists();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"messages\":[]}",
        "{\"messages\":[\"Hello\"]}",
        "{\"messages\":[{\"from\":\"nobody\",\"value\":\"Hello\"}]}",
        "{\"conversations\":[{\"from\":\"human\"}]}"
      })
  void brokenChatsAreRefusedByTheirPlace(String row) {
    assertThatThrownBy(() -> weights("chats", row + "\n"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("line 1")
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
  }

  private Path weights(String name, String rows) throws Exception {
    Path file = Files.writeString(folder.resolve(name + ".jsonl"), rows);
    Path output = folder.resolve(name);
    Compression.of(model)
        .method("svd-llm")
        .calibration(file)
        .samples(8)
        .length(64)
        .set("include", "layers.0.self_attn")
        .output(output)
        .run();
    return output.resolve("model.safetensors");
  }
}
