package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * Continues a sequence of tokens with a KV cache. The same settings give the same tokens on the
 * same machine and number of threads.
 *
 * @param model what writes; stays the caller's
 */
public record Generator(CausalModel model) {

  /**
   * How to continue.
   *
   * @param maxTokens most tokens to generate, at least 1
   * @param temperature 0 takes the most likely token every time
   * @param topP probability of the nucleus that is sampled from, in (0, 1]
   * @param seed of the sampling
   * @param stops tokens that end the text, e.g. {@link Architecture#endOfText()}
   */
  public record Settings(
      int maxTokens, double temperature, double topP, long seed, Set<Long> stops) {

    public Settings {
      if (maxTokens < 1 || !(temperature >= 0) || !(topP > 0 && topP <= 1)) {
        throw new IllegalArgumentException(
            "maxTokens %d, temperature %s, topP %s".formatted(maxTokens, temperature, topP));
      }
      stops = Set.copyOf(stops);
    }
  }

  /** Why the text ends. */
  public enum End {
    /** The model chose a token that ends texts. */
    STOPPED,
    /** The number of tokens asked for is reached. */
    MAX_TOKENS,
    /** Prompt and text fill the model's context. */
    CONTEXT_FULL
  }

  /**
   * What was written.
   *
   * @param tokens without the prompt and without the token that ended it
   */
  public record Result(List<Long> tokens, End end) {

    public Result {
      tokens = List.copyOf(tokens);
    }
  }

  /**
   * Continues a prompt. Prompt and text together stay within the model's context; a text that fills
   * it ends there.
   *
   * @param prompt at least one token, each below the vocabulary size
   * @param onToken hears each token of the result as it is chosen
   * @throws InputException where the prompt is empty, leaves no room for a token or holds a token
   *     that the model does not know
   */
  public Result generate(long[] prompt, Settings settings, LongConsumer onToken)
      throws InputException {
    check(prompt);
    var sampling = new Sampling(settings.temperature(), settings.topP(), settings.seed());
    long room = (long) model.architecture().contextLength() - prompt.length;
    List<Long> written = new ArrayList<>();
    try (KvCache cache = model.newCache()) {
      long[] next = prompt;
      while (true) {
        long token = sampling.choose(lastLogits(next, cache));
        if (settings.stops().contains(token)) {
          return new Result(written, End.STOPPED);
        }
        written.add(token);
        onToken.accept(token);
        if (written.size() == settings.maxTokens()) {
          return new Result(written, End.MAX_TOKENS);
        }
        if (written.size() == room) {
          return new Result(written, End.CONTEXT_FULL);
        }
        next = new long[] {token};
      }
    }
  }

  private float[] lastLogits(long[] tokens, KvCache cache) {
    try (var _ = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, tokens);
      var input = NativeMemory.tensor(segment, Dtype.I64, 1, tokens.length);
      var logits = model.logits(input, cache, 1).to(Dtype.F32.scalarType()).contiguous();
      return NativeMemory.bytes(logits).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
  }

  private void check(long[] prompt) throws InputException {
    int context = model.architecture().contextLength();
    if (prompt.length == 0) {
      throw new InputException("prompt: it has no tokens; give at least one word");
    }
    if (prompt.length >= context) {
      throw new InputException(
          "prompt: %d tokens leave no room in the model's context of %d; shorten it"
              .formatted(prompt.length, context));
    }
    long vocabulary = model.architecture().vocabularySize();
    for (long token : prompt) {
      if (token < 0 || token >= vocabulary) {
        throw new InputException(
            "prompt: token %d is not below the model's vocabulary size %d; use the tokenizer that"
                    .formatted(token, vocabulary)
                + " came with the model");
      }
    }
  }
}
