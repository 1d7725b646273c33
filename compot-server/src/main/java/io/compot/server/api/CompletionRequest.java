package io.compot.server.api;

import io.compot.GenerationOptions;
import io.compot.Prompt;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * A request to continue texts.
 *
 * @param none whether nothing is to be written: no more than the prompts are asked about
 * @param echo whether the prompts belong to the answer
 * @param top how many of the most likely tokens to tell at each place; empty: no probabilities
 */
record CompletionRequest(
    List<Prompt> prompts,
    GenerationOptions options,
    boolean none,
    boolean echo,
    OptionalInt top,
    boolean streamed,
    boolean usage) {

  private static final int STANDARD_TOKENS = 16;
  private static final int MOST_TOP = 20;

  /**
   * Reads it.
   *
   * @throws ApiException naming the field that is not as it should be
   */
  static CompletionRequest read(Fields fields, ServingLimits limits) throws ApiException {
    if (fields.has("suffix") && !fields.text("suffix").orElseThrow().isEmpty()) {
      throw ApiException.bad("suffix", "suffix: not offered; models here only continue texts");
    }
    boolean echo = fields.flag("echo").orElse(false);
    OptionalInt asked = fields.integer("max_tokens", 0, Integer.MAX_VALUE);
    boolean none = asked.orElse(STANDARD_TOKENS) == 0;
    if (none && !echo) {
      throw fields.wrong("max_tokens", "at least 1, unless echo is true");
    }
    OptionalInt tokens =
        OptionalInt.of(Math.max(1, asked.orElse(Math.min(STANDARD_TOKENS, limits.maxTokens()))));
    GenerationOptions options =
        SamplingFields.read(fields, ChatRequest.limited("max_tokens", tokens, limits), limits);
    if (fields.integer("best_of", 1, Integer.MAX_VALUE).orElse(1) > options.choices()) {
      throw ApiException.bad("best_of", "best_of: not offered beyond n");
    }
    OptionalInt top = fields.integer("logprobs", 0, MOST_TOP);
    boolean streamed = fields.flag("stream").orElse(false);
    if (streamed && echo && top.isPresent()) {
      throw ApiException.bad("echo", "echo: with logprobs an answer is not streamed");
    }
    return new CompletionRequest(
        prompts(fields, limits),
        top.isPresent() ? options.withLogProbabilities(top.getAsInt()) : options,
        none,
        echo,
        top,
        streamed,
        ChatRequest.usage(fields, streamed));
  }

  private static List<Prompt> prompts(Fields fields, ServingLimits limits) throws ApiException {
    Object given = fields.value("prompt");
    List<Prompt> prompts = new ArrayList<>();
    if (given instanceof String text) {
      prompts.add(new Prompt.Text(text));
    } else if (given instanceof List<?> list && !list.isEmpty()) {
      if (list.getFirst() instanceof Number) {
        prompts.add(new Prompt.Tokens(tokens(list)));
      } else {
        for (Object each : list) {
          prompts.add(
              switch (each) {
                case String text -> new Prompt.Text(text);
                case List<?> tokens -> new Prompt.Tokens(tokens(tokens));
                case null, default -> throw noPrompt();
              });
        }
      }
    } else {
      throw noPrompt();
    }
    if (prompts.size() > limits.prompts()) {
      throw ApiException.bad(
          "prompt", "prompt: %d are more than %d".formatted(prompts.size(), limits.prompts()));
    }
    return prompts;
  }

  private static List<Integer> tokens(List<?> given) throws ApiException {
    List<Integer> tokens = new ArrayList<>();
    for (Object each : given) {
      double id = each instanceof Number number ? number.doubleValue() : -1;
      if (id < 0 || id > Integer.MAX_VALUE || id != Math.rint(id)) {
        throw noPrompt();
      }
      tokens.add((int) id);
    }
    if (tokens.isEmpty()) {
      throw ApiException.bad("prompt", "prompt: one has no tokens");
    }
    return tokens;
  }

  private static ApiException noPrompt() {
    return ApiException.bad(
        "prompt",
        "prompt: has to be a text, a list of texts, a list of ids of tokens or a list of such lists");
  }
}
