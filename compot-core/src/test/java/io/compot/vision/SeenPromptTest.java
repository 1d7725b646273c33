package io.compot.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.chat.ChatTemplates;
import io.compot.chat.Conversation;
import io.compot.chat.ConversationFile;
import io.compot.chat.PromptEncoder;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.image.Alpha;
import io.compot.image.ImageFile;
import io.compot.image.ImageSettings;
import io.compot.image.Picture;
import io.compot.image.SmartSize;
import io.compot.model.Grid;
import io.compot.model.Images;
import io.compot.model.TokenLayout;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import io.compot.text.ConfigFile;
import io.compot.tokenizer.TextTokenizer;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tokens and positions of conversations with images, as transformers' processor makes them. */
class SeenPromptTest {

  private static final Images IMAGES = new Images(268, 3, 16, 2, 2);
  private static final List<Double> HALF = List.of(0.5, 0.5, 0.5);
  private static final Processor PROCESSOR =
      new Processor(
          IMAGES,
          new ImageSettings(
              new SmartSize(32, 1024, 8192, SmartSize.Rule.TRANSFORMERS),
              16,
              2,
              2,
              1.0 / 255,
              HALF,
              HALF));

  private static byte[] png(int height, int width) throws Exception {
    var out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), "png", out);
    return out.toByteArray();
  }

  private static JsonNode goldens() throws Exception {
    return JsonMapper.shared().readTree(SharedData.path("vision/golden/tokens/tokens.json"));
  }

  @Test
  void conversationsBecomeTheSameTokens(@TempDir Path folder) throws Exception {
    for (String name : List.of("chat_template.jinja", "tokenizer.json")) {
      Files.copy(SharedData.path("vision/golden/tokens/" + name), folder.resolve(name));
    }
    Path config = Files.writeString(folder.resolve("config.json"), "{\"vocab_size\": 270}");
    var templates = ChatTemplates.read(folder).orElseThrow();
    int compared = 0;
    try (var tokenizer = TextTokenizer.open(folder, ConfigFile.read(config));
        var encoder = new PromptEncoder(tokenizer)) {
      for (JsonNode each : goldens().get("cases")) {
        Path file = folder.resolve("messages.json");
        Files.writeString(
            file,
            JsonMapper.shared()
                .writeValueAsString(
                    Map.of(
                        "messages", each.get("messages"), "kwargs", each.get("template_kwargs"))));
        var conversation = ConversationFile.read(file);
        List<Picture> pictures = new ArrayList<>();
        for (JsonNode size : each.get("image_sizes_hw")) {
          byte[] bytes = png(size.get(0).intValue(), size.get(1).intValue());
          pictures.add(ImageFile.read(bytes, "it", Alpha.ON_WHITE));
        }
        long[] text = encoder.encode(templates.of(conversation), conversation, Clock.systemUTC());
        String name = each.get("name").stringValue();
        if (pictures.isEmpty()) {
          assertThat(text).as(name).isEqualTo(longs(each.get("input_ids")));
        } else {
          SeenPrompt prompt = PROCESSOR.prompt(text, pictures);
          assertThat(prompt.tokens()).as(name).isEqualTo(longs(each.get("input_ids")));
          assertPositions(name, prompt.layout(), each);
        }
        compared++;
      }
    }
    assertThat(compared).isEqualTo(12);
  }

  @Test
  void positionsAreTheSame() throws Exception {
    for (JsonNode each : goldens().get("rope_only")) {
      var tokens = new ArrayList<Long>();
      List<Grid> grids = new ArrayList<>();
      add(tokens, 1, each.get("prefix_text").intValue());
      for (JsonNode grid : each.get("grids")) {
        if (!grids.isEmpty()) {
          add(tokens, 1, each.get("between_text").intValue());
        }
        grids.add(new Grid(grid.get(1).intValue(), grid.get(2).intValue()));
        add(tokens, 265, 1);
        add(tokens, 268, (int) grids.getLast().tokens(2));
        add(tokens, 266, 1);
      }
      add(tokens, 1, each.get("suffix_text").intValue());
      long[] ids = tokens.stream().mapToLong(Long::longValue).toArray();
      assertPositions(each.toString(), TokenLayout.of(ids, 268, grids, 2), each);
    }
  }

  private static void add(List<Long> tokens, long token, int count) {
    for (int i = 0; i < count; i++) {
      tokens.add(token);
    }
  }

  private static void assertPositions(String name, TokenLayout layout, JsonNode expected) {
    long[] all;
    try (var _ = TensorScope.open()) {
      all = NativeMemory.bytes(layout.positions()).toArray(ValueLayout.JAVA_LONG_UNALIGNED);
    }
    int count = layout.length();
    for (int axis = 0; axis < 3; axis++) {
      long[] own = Arrays.copyOfRange(all, axis * count, (axis + 1) * count);
      JsonNode whole = expected.get("position_ids_thw");
      if (whole != null && !whole.isNull()) {
        assertThat(own).as(name).isEqualTo(longs(whole.get(axis)));
      } else {
        long[] first = longs(expected.get("position_ids_first40").get(axis));
        long[] last = longs(expected.get("position_ids_last40").get(axis));
        assertThat(Arrays.copyOf(own, first.length)).as(name).isEqualTo(first);
        assertThat(Arrays.copyOfRange(own, count - last.length, count)).as(name).isEqualTo(last);
        assertThat(Arrays.stream(own).sum())
            .isEqualTo(expected.get("sum_thw").get(axis).longValue());
      }
    }
    assertThat(layout.next() - count).as(name).isEqualTo(expected.get("rope_delta").longValue());
  }

  private static long[] longs(JsonNode array) {
    return array.valueStream().mapToLong(JsonNode::longValue).toArray();
  }

  @Test
  void placesAndImagesMustMatch() throws Exception {
    Picture picture = ImageFile.read(png(64, 64), "it", Alpha.ON_WHITE);
    assertThatThrownBy(() -> PROCESSOR.prompt(new long[] {1, 2}, List.of(picture)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("0 places for images, but there are 1 images");
    assertThatThrownBy(() -> PROCESSOR.prompt(new long[] {268, 268}, List.of(picture)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("2 places");
    assertThatThrownBy(
            () -> TokenLayout.of(new long[] {268, 268, 1}, 268, List.of(new Grid(4, 4)), 2))
        .hasMessageContaining("stands for 4 tokens, but the text has 2 there");
  }

  @Test
  void imagesComeFromFilesAndDataAndNothingIsFetched(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("a.png"), png(3, 5));
    String data = "data:image/png;base64," + Base64.getEncoder().encodeToString(png(2, 4));
    assertThat(images(Map.of("type", "image", "image", file.toString())).getFirst().width())
        .isEqualTo(5);
    assertThat(
            images(Map.of("type", "image_url", "image_url", Map.of("url", data)))
                .getFirst()
                .height())
        .isEqualTo(2);
    for (Map<String, Object> bad :
        List.<Map<String, Object>>of(
            Map.of("type", "image"),
            Map.of("type", "image", "image", "https://example.org/a.png"),
            Map.of("type", "image", "image", "data:image/png,abc"),
            Map.of("type", "image", "image", "data:image/png;base64,AAAA"),
            Map.of("type", "image", "image", folder.resolve("none.png").toString()))) {
      assertThatThrownBy(() -> images(bad)).isInstanceOf(InputException.class);
    }
  }

  private static List<Picture> images(Map<String, Object> part) throws CompotException {
    Map<String, Object> message = Map.of("role", "user", "content", List.of(part));
    return ConversationImages.of(Conversation.of(List.of(new LinkedHashMap<>(message))));
  }
}
