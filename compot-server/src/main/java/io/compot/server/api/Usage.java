package io.compot.server.api;

import io.compot.Generation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an answer took. */
final class Usage {

  private Usage() {}

  /**
   * Tokens of prompts and answers.
   *
   * @param answers each list those of one prompt, which was computed once
   */
  static Map<String, Object> of(List<List<Generation>> answers) {
    int prompt = 0;
    int cached = 0;
    int written = 0;
    for (List<Generation> ways : answers) {
      prompt += ways.getFirst().promptTokens().size();
      cached += ways.getFirst().remembered();
      written += ways.stream().mapToInt(each -> each.tokens().size()).sum();
    }
    return of(prompt, cached, written);
  }

  static Map<String, Object> of(int prompt, int cached, int written) {
    Map<String, Object> usage = new LinkedHashMap<>();
    usage.put("prompt_tokens", prompt);
    usage.put("completion_tokens", written);
    usage.put("total_tokens", prompt + written);
    usage.put("prompt_tokens_details", Map.of("cached_tokens", cached));
    return usage;
  }

  /** How long one answer took, in the words of llama.cpp's server. */
  static Map<String, Object> timings(Generation answer) {
    Map<String, Object> timings = new LinkedHashMap<>();
    timings.put("prompt_n", answer.promptTokens().size() - answer.remembered());
    timings.put("cache_n", answer.remembered());
    timings.put("prompt_ms", answer.untilFirst().toNanos() / 1e6);
    timings.put("predicted_n", answer.tokens().size());
    timings.put("predicted_ms", answer.elapsed().minus(answer.untilFirst()).toNanos() / 1e6);
    timings.put("predicted_per_second", answer.decodedPerSecond());
    return timings;
  }

  /** OpenAI's word for why an answer ends. */
  static String reason(Generation answer) {
    return switch (answer.end()) {
      case MODEL, STOP_TEXT -> "stop";
      case LIMIT, STOPPED -> "length";
    };
  }
}
