package io.compot.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.Generation;
import io.compot.GenerationOptions;
import io.compot.Model;
import io.compot.Prompt;
import io.compot.chat.Conversation;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatEndpointTest {

  private static final String ASK =
      "{\"model\":\"stub\",\"messages\":[{\"role\":\"user\",\"content\":\"Once upon a time\"}],"
          + "\"temperature\":0,\"max_tokens\":12%s}";

  @TempDir private static Path folder;
  private static ServedDemo demo;

  @BeforeAll
  static void start() throws Exception {
    demo = ServedDemo.start(folder);
  }

  @AfterAll
  static void stop() {
    demo.close();
  }

  private static String chat(String more) throws Exception {
    var response = demo.post("/v1/chat/completions", ASK.formatted(more));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  private static List<Generation> alone(GenerationOptions options) throws Exception {
    try (Model model = Model.load(demo.folder)) {
      var message = Conversation.message("user", "Once upon a time");
      return model.generate(
          new Prompt.Chat(Conversation.of(List.of(message))),
          options.withTemperature(0).withMaxTokens(12),
          _ -> {},
          StopRequest.never());
    }
  }

  @Test
  void answersAsTheModelDoes() throws Exception {
    Generation alone = alone(GenerationOptions.defaults()).getFirst();
    String body = chat("");
    assertThat(Json.at(body, "choices.0.message.content")).isEqualTo(alone.text());
    assertThat(Json.at(body, "choices.0.message.role")).isEqualTo("assistant");
    assertThat(Json.at(body, "choices.0.finish_reason")).isEqualTo("length");
    assertThat(Json.at(body, "object")).isEqualTo("chat.completion");
    assertThat(Json.number(body, "usage.prompt_tokens")).isEqualTo(alone.promptTokens().size());
    assertThat(Json.number(body, "usage.completion_tokens")).isEqualTo(12);
    assertThat(Json.number(body, "usage.total_tokens")).isEqualTo(12 + alone.promptTokens().size());
  }

  @Test
  void streamsTheSame() throws Exception {
    String whole = (String) Json.at(chat(""), "choices.0.message.content");
    var response =
        demo.post(
            "/v1/chat/completions",
            ASK.formatted(",\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
    assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
    List<String> events = Json.events(response.body());
    var text = new StringBuilder();
    for (String event : events.subList(0, events.size() - 1)) {
      assertThat(Json.at(event, "object")).isEqualTo("chat.completion.chunk");
      assertThat(Json.at(event, "id")).isEqualTo(Json.at(events.getFirst(), "id"));
      assertThat(Json.at(event, "usage")).isEqualTo("null");
      if (event.contains("\"content\"")) {
        text.append(Json.at(event, "choices.0.delta.content"));
      }
    }
    assertThat(text).hasToString(whole);
    assertThat(Json.at(events.getFirst(), "choices.0.delta.role")).isEqualTo("assistant");
    assertThat(Json.at(events.get(events.size() - 2), "choices.0.finish_reason"))
        .isEqualTo("length");
    assertThat(Json.number(events.getLast(), "usage.completion_tokens")).isEqualTo(12);
    assertThat((List<?>) Json.at(events.getLast(), "choices")).isEmpty();
  }

  @Test
  void tellsProbabilities() throws Exception {
    Generation alone = alone(GenerationOptions.defaults().withLogProbabilities(2)).getFirst();
    String body = chat(",\"logprobs\":true,\"top_logprobs\":2");
    for (int i = 0; i < 12; i++) {
      String at = "choices.0.logprobs.content." + i + ".";
      assertThat(Json.number(body, at + "logprob"))
          .isCloseTo(alone.scores().get(i).logProbability(), within(1e-3));
      assertThat(Json.number(body, at + "top_logprobs.0.logprob"))
          .isEqualTo(Json.number(body, at + "logprob"));
    }
  }

  @Test
  void givesSeveralAnswersAndTheSameForASeed() throws Exception {
    String more = ",\"temperature\":1.5,\"n\":3,\"seed\":5}";
    String ask = ASK.formatted("").replace(",\"temperature\":0", "").replace("}]", "}]");
    String body = ask.substring(0, ask.length() - 1) + more;
    var first = demo.post("/v1/chat/completions", body).body();
    var second = demo.post("/v1/chat/completions", body).body();
    for (int i = 0; i < 3; i++) {
      assertThat(Json.number(first, "choices." + i + ".index")).isEqualTo(i);
      assertThat(Json.at(first, "choices." + i + ".message.content"))
          .isEqualTo(Json.at(second, "choices." + i + ".message.content"));
    }
    assertThat(Json.at(first, "choices.0.message.content"))
        .isNotEqualTo(Json.at(first, "choices.1.message.content"));
    assertThat(Json.number(first, "usage.completion_tokens")).isEqualTo(36);
  }

  @Test
  void stopsInFrontOfAText() throws Exception {
    String whole = (String) Json.at(chat(""), "choices.0.message.content");
    String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 3);
    String body = chat(",\"stop\":\"" + stop + "\"");
    assertThat(Json.at(body, "choices.0.message.content"))
        .isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(Json.at(body, "choices.0.finish_reason")).isEqualTo("stop");
  }

  /** The model tells stories and knows no JSON; it is left no other way. */
  @Test
  void answersAreHeldToASchema() throws Exception {
    String schema =
        "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":8},"
            + "\"sad\":{\"type\":\"boolean\"}},\"required\":[\"name\",\"sad\"],"
            + "\"additionalProperties\":false}";
    String format =
        ",\"max_completion_tokens\":80,\"presence_penalty\":%d,\"response_format\":"
            + "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"girl\",\"strict\":true,\"schema\":%s}}";
    for (int penalty = 0; penalty < 3; penalty++) {
      String body = chat(format.formatted(penalty, schema));
      assertThat(Json.at(body, "choices.0.finish_reason")).isEqualTo("stop");
      String content = (String) Json.at(body, "choices.0.message.content");
      assertThat(content).isNotNull();
      assertThat((String) Json.at(content, "name")).hasSizeLessThanOrEqualTo(8);
      assertThat(Json.at(content, "sad")).isInstanceOf(Boolean.class);
    }
    String free =
        chat(",\"max_completion_tokens\":20,\"response_format\":{\"type\":\"json_object\"}");
    assertThat((String) Json.at(free, "choices.0.message.content")).startsWith("{");
    var pattern =
        demo.post(
            "/v1/chat/completions",
            ASK.formatted(format.formatted(0, schema.replace("maxLength", "minimum"))));
    assertThat(pattern.statusCode()).isEqualTo(400);
    assertThat((String) Json.at(pattern.body(), "error.message")).contains("minimum is not held");
  }

  @Test
  void refusesWhatIsNotOffered() throws Exception {
    refused(",\"response_format\":{\"type\":\"xml\"}", "response_format");
    refused(",\"response_format\":{\"type\":\"json_schema\"}", "response_format.json_schema");
    refused(",\"top_logprobs\":2", "top_logprobs");
    refused(",\"tool_choice\":\"required\"", "tool_choice");
    refused(",\"top_p\":2", "top_p");
    refused(",\"stop\":[\"\"]", "stop");
    refused(",\"n\":1000", "n");
    refused(",\"logit_bias\":{\"x\":1}", "logit_bias");
    refused(",\"max_completion_tokens\":0", "max_completion_tokens");
    var role =
        demo.post(
            "/v1/chat/completions", "{\"messages\":[{\"role\":\"narrator\",\"content\":\"x\"}]}");
    assertThat(role.statusCode()).isEqualTo(400);
    assertThat((String) Json.at(role.body(), "error.message")).contains("unknown role narrator");
    var image =
        demo.post(
            "/v1/chat/completions",
            "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}");
    assertThat(image.statusCode()).isEqualTo(400);
    var large = demo.post("/v1/chat/completions", ASK.formatted(",\"max_completion_tokens\":4090"));
    assertThat(large.statusCode()).isEqualTo(400);
    assertThat(Json.at(large.body(), "error.code")).isEqualTo("context_length_exceeded");
  }

  private static void refused(String more, String param) throws Exception {
    var response = demo.post("/v1/chat/completions", ASK.formatted(more));
    assertThat(response.statusCode()).as(more).isEqualTo(400);
    assertThat(Json.at(response.body(), "error.param")).isEqualTo(param);
    assertThat(Json.at(response.body(), "error.type")).isEqualTo("invalid_request_error");
    assertThat((String) Json.at(response.body(), "error.message")).startsWith(param);
  }
}
