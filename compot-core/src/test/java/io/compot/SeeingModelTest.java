package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.chat.Conversation;
import io.compot.error.InputException;
import io.compot.progress.StopRequest;
import io.compot.testing.SharedData;
import io.compot.vision.ConversationImages;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversations with images, from files to answers. */
class SeeingModelTest {

  @TempDir private Path folder;

  /** The golden fixture with a tokenizer of bytes and a template beside it. */
  private Path model() throws Exception {
    Path fixture = Path.of(SeeingModelTest.class.getResource("/golden/qwen3_vl").toURI());
    Path model = Files.createDirectory(folder.resolve("model"));
    for (String name : List.of("config.json", "model.safetensors", "preprocessor_config.json")) {
      Files.copy(fixture.resolve(name), model.resolve(name));
    }
    for (String name : List.of("chat_template.jinja", "tokenizer.json")) {
      Files.copy(SharedData.path("vision/golden/tokens/" + name), model.resolve(name));
    }
    return model;
  }

  private Path image(int colour) throws Exception {
    var image = new BufferedImage(30, 20, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 600; i++) {
      image.setRGB(i % 30, i / 30, colour * i);
    }
    Path file = folder.resolve(colour + ".png");
    ImageIO.write(image, "png", file.toFile());
    return file;
  }

  private static List<Integer> answer(Model model, Prompt prompt) throws Exception {
    var options = GenerationOptions.defaults().withMaxTokens(8);
    return model.generate(prompt, options, _ -> {}, StopRequest.never()).getFirst().tokens();
  }

  private static Prompt asked(Path... images) {
    return new Prompt.Chat(
        Conversation.of(List.of(ConversationImages.message(List.of(images), "What is it?"))));
  }

  @Test
  void answersFollowTheImages() throws Exception {
    try (Model model = Model.load(model(), Computation.F32)) {
      Path one = image(77);
      Path other = image(990_001);
      List<Integer> first = answer(model, asked(one));
      List<Integer> second = answer(model, asked(other));
      // As many tokens in both prompts: what was seen of one is not taken for the other.
      assertThat(first).hasSize(8).isNotEqualTo(second);
      assertThat(answer(model, asked(one))).isEqualTo(first);
      assertThat(answer(model, asked(one, other))).isNotEqualTo(first);
    }
  }

  @Test
  void textAfterImagesIsAsWithoutThem() throws Exception {
    var text = new Prompt.Text("What is it?");
    Path folder = model();
    List<Integer> expected;
    try (Model model = Model.load(folder, Computation.F32)) {
      expected = answer(model, text);
    }
    try (Model model = Model.load(folder, Computation.F32)) {
      answer(model, asked(image(77)));
      assertThat(answer(model, text)).isEqualTo(expected);
    }
  }

  @Test
  void refusesPlacesWithoutImages() throws Exception {
    try (Model model = Model.load(model(), Computation.F32)) {
      assertThatThrownBy(() -> answer(model, new Prompt.Tokens(List.of(1, 265, 268, 266))))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("1 places for images, but there are none");
      Prompt seeing = asked(image(77));
      assertThatThrownBy(() -> model.tokens(seeing))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("images are not read here");
      assertThatThrownBy(() -> answer(model, asked(folder.resolve("none.png"))))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("none.png");
    }
  }
}
