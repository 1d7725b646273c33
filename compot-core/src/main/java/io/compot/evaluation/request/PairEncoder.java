package io.compot.evaluation.request;

import io.compot.error.InputException;
import io.compot.text.PythonSpace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Turns text into requests by the rules of lm-evaluation-harness 0.4.9 ({@code
 * TemplateLM.loglikelihood}, {@code _encode_pair}, {@code get_rolling_token_windows}).
 *
 * @param prefixToken stands before a text that has no context: the model's beginning-of-text token,
 *     its end-of-text token where there is none
 */
public record PairEncoder(Encoder encoder, long prefixToken) {

  /**
   * Context and continuation are tokenised together and split where the context alone would end;
   * white space at the end of the context moves to the continuation first.
   *
   * @throws InputException where the continuation has no token of its own
   */
  public TokenRequest encode(Prompt prompt) throws InputException {
    if (prompt.context().isEmpty()) {
      return request(prompt, new long[] {prefixToken}, encoder.encode(prompt.continuation()));
    }
    String context = PythonSpace.stripTrailing(prompt.context());
    String continuation = prompt.context().substring(context.length()) + prompt.continuation();
    long[] whole = encoder.encode(context + continuation);
    long[] alone = encoder.encode(context);
    long[] rest =
        alone.length < whole.length
            ? Arrays.copyOfRange(whole, alone.length, whole.length)
            : new long[0];
    return request(prompt, alone, rest);
  }

  private static TokenRequest request(Prompt prompt, long[] context, long[] continuation)
      throws InputException {
    if (context.length == 0 || continuation.length == 0) {
      throw new InputException(
          "the %s \"%s\" of a document has no token of its own under this model's tokenizer; remove the document"
              .formatted(
                  continuation.length == 0 ? "continuation" : "context",
                  (continuation.length == 0 ? prompt.continuation() : prompt.context())
                      .replaceAll("\\p{Cntrl}", " ")));
    }
    return new TokenRequest(context, continuation);
  }

  /**
   * All tokens of a text, each scored once, in windows of at most so many tokens: the first behind
   * the prefix token, each further one behind one token of context at the least, as much as fits
   * where the last window is not full.
   *
   * @param maxLength longest input of the model
   */
  public List<TokenRequest> rolling(String text, int maxLength) throws InputException {
    long[] tokens = encoder.encode(text);
    List<TokenRequest> windows = new ArrayList<>();
    int predicted = Math.min(maxLength, tokens.length);
    if (predicted > 0) {
      windows.add(
          new TokenRequest(new long[] {prefixToken}, Arrays.copyOfRange(tokens, 0, predicted)));
    }
    while (predicted < tokens.length) {
      int end = Math.min(tokens.length, predicted + maxLength);
      long[] context = Arrays.copyOfRange(tokens, end - maxLength - 1, predicted);
      windows.add(new TokenRequest(context, Arrays.copyOfRange(tokens, predicted, end)));
      predicted = end;
    }
    return windows;
  }
}
