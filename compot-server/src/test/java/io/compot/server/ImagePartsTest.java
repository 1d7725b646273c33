package io.compot.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.GenerationOptions;
import io.compot.Prompt;
import io.compot.chat.Conversation;
import io.compot.progress.StopRequest;
import io.compot.testing.SeeingFixture;
import io.compot.testing.SharedData;
import io.compot.vision.ConversationImages;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images among the parts of messages, from a request to the answer. */
class ImagePartsTest {

  @TempDir private static Path folder;

  private static ServedDemo demo;

  @BeforeAll
  static void start() throws Exception {
    demo = ServedDemo.startSeeing(folder);
  }

  @AfterAll
  static void stop() {
    demo.close();
  }

  private static String data(String type, byte[] bytes) {
    return "data:image/%s;base64,%s".formatted(type, Base64.getEncoder().encodeToString(bytes));
  }

  private static String part(String url) {
    return "{\"type\":\"image_url\",\"image_url\":{\"url\":\"%s\",\"detail\":\"auto\"}},"
        .formatted(url);
  }

  private static String ask(String parts, String more) {
    return "{\"messages\":[{\"role\":\"user\",\"content\":[%s{\"type\":\"text\",\"text\":\"What is it?\"}]}],\"max_tokens\":8,\"temperature\":0%s}"
        .formatted(parts, more);
  }

  private static String answer(String parts) throws Exception {
    var response = demo.post("/v1/chat/completions", ask(parts, ""));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return (String) Json.at(response.body(), "choices.0.message.content");
  }

  /** What the model says of a file without a server. */
  private static String alone(Path image) throws Exception {
    var prompt =
        new Prompt.Chat(
            Conversation.of(List.of(ConversationImages.message(List.of(image), "What is it?"))));
    return demo.model
        .generate(
            prompt, GenerationOptions.defaults().withMaxTokens(8), _ -> {}, StopRequest.never())
        .getFirst()
        .text();
  }

  @Test
  void answersAreWhatTheModelSaysOfTheFiles() throws Exception {
    for (String name : List.of("tiny_20x20.png", "jpeg420_120x72.jpg", "webp_q80_120x72.webp")) {
      Path image = SharedData.path("vision/golden/image_processing/images/" + name);
      String url = data("png", Files.readAllBytes(image)); // the bytes say what it is
      assertThat(answer(part(url))).as(name).isEqualTo(alone(image)).isNotEmpty();
    }
  }

  @Test
  void streamsTheSame() throws Exception {
    String image = part(data("png", SeeingFixture.image(77, "png")));
    var response = demo.post("/v1/chat/completions", ask(image, ",\"stream\":true"));
    var text = new StringBuilder();
    List<String> events = Json.events(response.body());
    for (String event : events.subList(0, events.size() - 1)) {
      if (event.contains("\"content\"")) {
        text.append(Json.at(event, "choices.0.delta.content"));
      }
    }
    assertThat(text).hasToString(answer(image));
  }

  @Test
  void imagesAreToldApart() throws Exception {
    String one = part(data("png", SeeingFixture.image(77, "png")));
    String other = part(data("png", SeeingFixture.image(990_001, "png")));
    assertThat(answer(one)).isNotEqualTo(answer(other)).isEqualTo(answer(one));
    assertThat(answer(one + other)).isNotEqualTo(answer(one));
  }

  private static void refused(String parts, String... words) throws Exception {
    var response = demo.post("/v1/chat/completions", ask(parts, ""));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat((String) Json.at(response.body(), "error.message"))
        .contains(words)
        .doesNotContain("\n");
  }

  @Test
  void nothingIsFetchedAndNoFileIsRead() throws Exception {
    Path file = Files.write(folder.resolve("secret.png"), SeeingFixture.image(77, "png"));
    refused(part("http://127.0.0.1:1/a.png"), "content[0].image_url.url", "nothing is fetched");
    refused(part("https://example.com/a.png"), "nothing is fetched");
    refused(part(file.toString()), "no file is read");
    refused(part("file://" + file), "no file is read");
    refused("{\"type\":\"image\",\"image\":\"%s\"},".formatted(file), "text and image_url are");
    // A part that is a text is that alone, whatever else it has.
    assertThat(answer("{\"type\":\"text\",\"text\":\"\",\"image\":\"%s\"},".formatted(file)))
        .isEqualTo(answer(""));
  }

  @Test
  void badImagesAreRefused() throws Exception {
    byte[] image = SeeingFixture.image(77, "png");
    refused("{\"type\":\"image_url\"},", "content[0].image_url");
    refused("{\"type\":\"image_url\",\"image_url\":{}},", "image_url.url");
    refused(part("data:image/png,abc"), "image 1", "not base64");
    refused(part("data:image/png;base64,"), "image 1", "no image");
    refused(part(data("png", "GIF89a".getBytes(StandardCharsets.US_ASCII))), "no image");
    refused(part(data("png", Arrays.copyOf(image, image.length / 2))), "damaged");
    refused(part(data("png", image)).repeat(17), "17 images", "at most 16");
  }

  /** Few bytes that would become many pixels: the header tells, and nothing is unpacked. */
  @Test
  void manyPixelsAreRefused() throws Exception {
    var bytes = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(5000, 4000, BufferedImage.TYPE_BYTE_BINARY), "png", bytes);
    String large = part(data("png", bytes.toByteArray()));
    refused(large + large, "image 2", "20,000,000 pixels", "at most 5,000,000");
  }
}
