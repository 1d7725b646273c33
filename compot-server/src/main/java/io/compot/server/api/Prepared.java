package io.compot.server.api;

import io.compot.GenerationOptions;
import io.compot.Prompt;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.vision.SeenPrompt;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A prompt that was looked at: what could be refused was, so that an answer can begin.
 *
 * @param prompt of tokens, with images or without
 * @param options with no more tokens than there is room for
 */
record Prepared(Prompt prompt, GenerationOptions options) {

  /**
   * Looks at a prompt.
   *
   * @param field that it came in
   * @throws ApiException where the model cannot take it, or has no room for the answer
   */
  static Prepared of(
      ServedModel served,
      Prompt prompt,
      GenerationOptions options,
      String field,
      ServingLimits limits)
      throws ApiException {
    Prompt ready = ready(served, prompt, field, limits);
    List<Integer> tokens = tokens(ready);
    int context = served.model().contextLength();
    int room = context - tokens.size();
    int least = options.maxTokens().orElse(1);
    if (tokens.isEmpty()) {
      throw ApiException.bad(field, field + ": it has no tokens");
    }
    if (room < least) {
      throw ApiException.tooLong(
          field,
          "This model's maximum context length is %d tokens. However, you requested %d tokens (%d in the %s, %d in the completion)."
              .formatted(context, tokens.size() + (long) least, tokens.size(), field, least));
    }
    for (int token : tokens) {
      if (token >= served.model().vocabulary()) {
        throw ApiException.bad(
            field,
            "%s: token %d is not below the model's vocabulary size %d"
                .formatted(field, token, served.model().vocabulary()));
      }
    }
    GenerationOptions bounded =
        options.maxTokens().isPresent()
            ? options
            : options.withMaxTokens(OptionalInt.of(Math.min(room, limits.maxTokens())));
    try {
      served.model().check(bounded);
      served.model().requireRoom(tokens.size(), bounded);
    } catch (CompotException e) {
      throw refused(e, null);
    }
    return new Prepared(ready, bounded);
  }

  private static Prompt ready(ServedModel served, Prompt prompt, String field, ServingLimits limits)
      throws ApiException {
    try {
      return served.model().ready(prompt, limits.images());
    } catch (CompotException e) {
      throw refused(e, field);
    }
  }

  private static List<Integer> tokens(Prompt ready) {
    return switch (ready) {
      case Prompt.Tokens(List<Integer> tokens) -> tokens;
      case Prompt.Seen(SeenPrompt seen) ->
          Arrays.stream(seen.tokens()).mapToObj(Math::toIntExact).toList();
      default -> throw new IllegalStateException("a prompt that nobody looked at");
    };
  }

  /** The prompt's tokens. */
  List<Integer> tokens() {
    return tokens(prompt);
  }

  /** What a refusal of the model is to a client. */
  static ApiException refused(CompotException e, @Nullable String field) {
    return e instanceof FailureException
        ? new ApiException(500, "server_error", null, null, e.getMessage())
        : ApiException.bad(field, e.getMessage());
  }
}
