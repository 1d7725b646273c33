package io.compot.evaluation;

import java.util.OptionalInt;

/**
 * How to measure token perplexity.
 *
 * @param window tokens a window; empty: the model's maximum, at most 2048
 * @param bos whether each window begins with the beginning-of-text token
 */
public record PerplexityOptions(OptionalInt window, boolean bos) {

  /** The model's own window, no beginning-of-text token. */
  public static PerplexityOptions defaults() {
    return new PerplexityOptions(OptionalInt.empty(), false);
  }

  public PerplexityOptions withWindow(int tokens) {
    return new PerplexityOptions(OptionalInt.of(tokens), bos);
  }

  public PerplexityOptions withBos(boolean value) {
    return new PerplexityOptions(window, value);
  }
}
