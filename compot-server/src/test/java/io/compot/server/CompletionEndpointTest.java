package io.compot.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.Generation;
import io.compot.GenerationOptions;
import io.compot.Model;
import io.compot.Prompt;
import io.compot.TokenScore;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionEndpointTest {

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

  private static String complete(String body) throws Exception {
    var response = demo.post("/v1/completions", body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  /** What lm-evaluation-harness asks for, and what it makes of the answer. */
  @Test
  void scoresPromptsAsTheHarnessReadsThem() throws Exception {
    List<List<Integer>> prompts =
        List.of(List.of(5, 40, 33, 7, 91, 12), List.of(300, 17), List.of(8));
    String body =
        complete(
            "{\"prompt\":%s,\"max_tokens\":1,\"logprobs\":1,\"echo\":true,\"temperature\":0,\"seed\":1234}"
                .formatted(prompts));
    try (Model model = Model.load(demo.folder)) {
      for (int p = 0; p < prompts.size(); p++) {
        List<Integer> prompt = prompts.get(p);
        List<TokenScore> scores = model.score(prompt, 1, StopRequest.never());
        String at = "choices." + p + ".logprobs.";
        var logprobs = (List<?>) Json.at(body, at + "token_logprobs");
        var tops = (List<?>) Json.at(body, at + "top_logprobs");
        assertThat(logprobs).hasSize(prompt.size() + 1).hasSameSizeAs(tops);
        assertThat(logprobs.getFirst()).isNull();
        assertThat(tops.getFirst()).isNull();
        for (int i = 1; i < prompt.size(); i++) {
          TokenScore expected = scores.get(i - 1);
          double told = ((Number) logprobs.get(i)).doubleValue();
          assertThat(told).isCloseTo(expected.logProbability(), within(1e-4));
          var top = ((Map<?, ?>) tops.get(i)).values();
          double most =
              top.stream().mapToDouble(each -> ((Number) each).doubleValue()).max().orElseThrow();
          // Greedy is what the harness finds by comparing the two, so they have to be one number.
          assertThat(told == most).isEqualTo(expected.top().getFirst().token() == expected.token());
        }
      }
    }
  }

  @Test
  void continuesTextsInTheirOrder() throws Exception {
    String body =
        complete(
            "{\"prompt\":[\"Once upon\",\"The cat\"],\"max_tokens\":5,\"temperature\":0,\"n\":2}");
    try (Model model = Model.load(demo.folder)) {
      int index = 0;
      for (String prompt : List.of("Once upon", "The cat")) {
        Generation alone =
            model
                .generate(
                    new Prompt.Text(prompt),
                    GenerationOptions.defaults().withTemperature(0).withMaxTokens(5),
                    _ -> {},
                    StopRequest.never())
                .getFirst();
        for (int way = 0; way < 2; way++, index++) {
          assertThat(Json.at(body, "choices." + index + ".text")).isEqualTo(alone.text());
          assertThat(Json.number(body, "choices." + index + ".index")).isEqualTo(index);
        }
      }
    }
    assertThat(Json.number(body, "usage.completion_tokens")).isEqualTo(20);
  }

  @Test
  void echoesAndStreams() throws Exception {
    String ask = "{\"prompt\":\"Once upon\",\"max_tokens\":5,\"temperature\":0,\"echo\":true%s}";
    String whole = (String) Json.at(complete(ask.formatted("")), "choices.0.text");
    assertThat(whole).startsWith("Once upon");
    var text = new StringBuilder();
    List<String> events = Json.events(complete(ask.formatted(",\"stream\":true")));
    for (String event : events) {
      text.append(Json.at(event, "choices.0.text"));
    }
    assertThat(text).hasToString(whole);
    String scored =
        complete("{\"prompt\":\"Once upon\",\"max_tokens\":0,\"echo\":true,\"logprobs\":0}");
    assertThat(Json.at(scored, "choices.0.text")).isEqualTo("Once upon");
    var offsets = (List<?>) Json.at(scored, "choices.0.logprobs.text_offset");
    assertThat(offsets).hasSize(((List<?>) Json.at(scored, "choices.0.logprobs.tokens")).size());
  }

  @Test
  void theEndOfATextIsATokenWithAProbability() throws Exception {
    String body =
        complete("{\"prompt\":[5,40],\"max_tokens\":3,\"logprobs\":0,\"logit_bias\":{\"0\":100}}");
    assertThat(Json.at(body, "choices.0.finish_reason")).isEqualTo("stop");
    assertThat(Json.at(body, "choices.0.text")).isEqualTo("");
    assertThat((List<?>) Json.at(body, "choices.0.logprobs.token_logprobs")).hasSize(1);
  }

  @Test
  void refusesPromptsThatCannotBe() throws Exception {
    String ids = Collections.nCopies(ServedDemo.CONTEXT, 5).toString();
    var full = demo.post("/v1/completions", "{\"prompt\":%s,\"max_tokens\":1}".formatted(ids));
    assertThat(full.statusCode()).isEqualTo(400);
    assertThat(Json.at(full.body(), "error.code")).isEqualTo("context_length_exceeded");
    for (String prompt : List.of("[1024]", "[-1]", "[]", "[[]]", "[1.5]", "{}", "null", "[null]")) {
      var refused = demo.post("/v1/completions", "{\"prompt\":%s}".formatted(prompt));
      assertThat(refused.statusCode()).as(prompt).isEqualTo(400);
      assertThat(Json.at(refused.body(), "error.param")).isEqualTo("prompt");
    }
  }
}
