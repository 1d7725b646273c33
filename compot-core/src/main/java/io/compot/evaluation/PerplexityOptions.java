package io.compot.evaluation;

import java.util.OptionalInt;

/**
 * How to measure token perplexity.
 *
 * @param window tokens a window; empty: the model's maximum, at most 2048
 * @param bos whether each window begins with the beginning-of-text token
 * @param reading how the file becomes one text
 */
public record PerplexityOptions(OptionalInt window, boolean bos, TextReading reading) {

  /** The model's own window, no beginning-of-text token, the text as it stands in its file. */
  public static PerplexityOptions defaults() {
    return new PerplexityOptions(OptionalInt.empty(), false, TextReading.PLAIN);
  }

  public PerplexityOptions withWindow(int tokens) {
    return new PerplexityOptions(OptionalInt.of(tokens), bos, reading);
  }

  public PerplexityOptions withBos(boolean value) {
    return new PerplexityOptions(window, value, reading);
  }

  public PerplexityOptions withReading(TextReading value) {
    return new PerplexityOptions(window, bos, value);
  }
}
