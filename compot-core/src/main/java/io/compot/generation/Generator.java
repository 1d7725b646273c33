package io.compot.generation;

import io.compot.error.InputException;
import io.compot.generation.LogProbabilities.Scored;
import io.compot.generation.grammar.Constraint;
import io.compot.model.CausalModel;
import io.compot.progress.StopRequest;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Continues a sequence of tokens. The same settings give the same tokens on the same machine and
 * number of threads.
 *
 * @param model what writes; stays the caller's
 */
public record Generator(CausalModel model) {

  /**
   * How to continue.
   *
   * @param maxTokens most tokens to generate, at least 1
   * @param seed of the sampling
   * @param stops tokens that end the text, e.g. {@link io.compot.model.Architecture#endOfText()}
   * @param top how many of the most likely tokens to tell at each place; -1: no probabilities
   * @param constraint what the text is held to; null where it is free
   */
  public record Settings(
      int maxTokens,
      SamplingSettings sampling,
      long seed,
      Set<Long> stops,
      int top,
      @Nullable Constraint constraint) {

    public Settings {
      if (maxTokens < 1) {
        throw new IllegalArgumentException("maxTokens " + maxTokens);
      }
      stops = Set.copyOf(stops);
    }

    /** The same with another seed. */
    public Settings withSeed(long value) {
      return new Settings(maxTokens, sampling, value, stops, top, constraint);
    }

    /** The same with no more tokens than so many. */
    public Settings atMost(int tokens) {
      return new Settings(Math.min(maxTokens, tokens), sampling, seed, stops, top, constraint);
    }

    /** Without probabilities. */
    public Settings(int maxTokens, SamplingSettings sampling, long seed, Set<Long> stops) {
      this(maxTokens, sampling, seed, stops, -1, null);
    }
  }

  /** Why the text ends. */
  public enum End {
    /** The model chose a token that ends texts. */
    STOPPED,
    /** Who listens wanted no more. */
    HEARD_ENOUGH,
    /** The number of tokens asked for is reached. */
    MAX_TOKENS,
    /** Prompt and text fill the model's context. */
    CONTEXT_FULL
  }

  /**
   * A token as it is chosen.
   *
   * @param scored its probability; not a number where probabilities were not asked for
   * @param top the most likely tokens at its place
   * @param ends whether it is one that ends the text
   */
  public record Step(Scored scored, List<Scored> top, boolean ends) {

    /** Its id. */
    public int token() {
      return scored.token();
    }
  }

  /** Hears each token, also the one that ends the text. */
  @FunctionalInterface
  public interface Listener {
    /** Whether to go on. */
    boolean hear(Step step);
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
   * @throws InputException where the prompt is empty, leaves no room for a token or holds a token
   *     that the model does not know
   */
  public Result generate(long[] prompt, Settings settings, Listener listener)
      throws InputException {
    try (var sequence = new Sequence(model)) {
      check(prompt);
      sequence.become(prompt, StopRequest.never());
      return generate(sequence, settings, listener);
    }
  }

  /**
   * Continues a sequence that has become the prompt, which {@link #check} has let pass.
   *
   * @param sequence holds prompt and text afterwards, without the last token
   */
  public Result generate(Sequence sequence, Settings settings, Listener listener) {
    var continuation = new Continuation(sequence, settings, room(sequence), listener);
    while (continuation.choose()) {
      sequence.append(continuation.chosen());
    }
    return continuation.result();
  }

  /** How many tokens the model's context holds behind a sequence. */
  public int room(Sequence sequence) {
    return model.architecture().contextLength() - sequence.length();
  }

  /**
   * Refuses a prompt that cannot be continued.
   *
   * @throws InputException saying why
   */
  public void check(long[] prompt) throws InputException {
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
