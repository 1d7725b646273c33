package io.compot.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever a body is, it is read or refused by a status of the 400s, in bounded time. */
class RequestFuzzTest {

  private static final int BODIES = 20_000;

  private static final List<String> SEEDS =
      List.of(
          "{\"model\":\"m\",\"messages\":[{\"role\":\"developer\",\"content\":[{\"type\":\"text\",\"text\":\"a\"}]},"
              + "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"x\",\"type\":\"function\","
              + "\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\": [1e3, null]}\"}}]}],\"tools\":[{\"type\":"
              + "\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}],\"tool_choice\":\"auto\",\"n\":2,"
              + "\"stream\":true,\"stream_options\":{\"include_usage\":true},\"logprobs\":true,\"top_logprobs\":3}",
          "{\"prompt\":[[1,2,3],[4]],\"max_tokens\":1,\"logprobs\":1,\"echo\":true,\"temperature\":0,\"seed\":1234,"
              + "\"stop\":[\"a\",\"b\"],\"logit_bias\":{\"5\":-100},\"top_p\":0.5,\"min_p\":0.1,\"top_k\":-1,\"best_of\":1}",
          "{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud83d\\ude00 \\u0000\"}],\"response_format\":{\"type\":"
              + "\"text\"},\"chat_template_kwargs\":{\"x\":[{}]},\"max_completion_tokens\":-1,\"presence_penalty\":2}");

  private static final List<String> PIECES =
      List.of(
          "null",
          "true",
          "-1",
          "1e999",
          "99999999999999999999",
          "0.1e-400",
          "\"\"",
          "[]",
          "{}",
          "\"\\ud800\"",
          "[[[[[[[[",
          "{\"a\":",
          ",",
          "\"",
          "\\",
          "\u0000",
          "é",
          "NaN",
          "[1,2,{}]",
          "\"auto\"",
          "1e2147483648");

  @Test
  void everyBodyIsReadOrRefused() {
    var random = new SplittableRandom(1);
    List<String> strange = new ArrayList<>();
    int read = 0;
    for (int i = 0; i < BODIES; i++) {
      byte[] body = mutated(SEEDS.get(i % SEEDS.size()), random);
      try {
        Fields fields = Fields.read(body);
        if (i % 2 == 0) {
          ChatRequest.read(fields, ServingLimits.defaults(), i % 4 == 0);
        } else {
          CompletionRequest.read(fields, ServingLimits.defaults());
        }
        read++;
      } catch (ApiException refused) {
        if (refused.status() != 400 || String.valueOf(refused.getMessage()).contains("\n")) {
          strange.add(refused.status() + " " + refused.getMessage());
        }
      } catch (RuntimeException | StackOverflowError unforeseen) {
        strange.add(unforeseen + ": " + new String(body, StandardCharsets.UTF_8));
      }
    }
    assertThat(strange).isEmpty();
    assertThat(read).isBetween(BODIES / 100, BODIES);
  }

  private static byte[] mutated(String seed, SplittableRandom random) {
    var text = new StringBuilder(seed);
    for (int edits = random.nextInt(1, 4); edits > 0; edits--) {
      int at = random.nextInt(text.length());
      int end = Math.min(text.length(), at + random.nextInt(12));
      switch (random.nextInt(4)) {
        case 0 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
        case 1 -> text.delete(at, end);
        case 2 -> text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
        default -> replaceValue(text, random);
      }
      if (text.isEmpty()) {
        text.append(' ');
      }
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    if (random.nextInt(10) == 0) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }

  /** Another value behind one of the colons, so that the JSON stays one. */
  private static void replaceValue(StringBuilder text, SplittableRandom random) {
    int colon = text.indexOf(":", random.nextInt(text.length()));
    int end = colon < 0 ? -1 : text.indexOf(",", colon);
    if (end > 0) {
      text.replace(colon + 1, end, PIECES.get(random.nextInt(9)));
    }
  }
}
