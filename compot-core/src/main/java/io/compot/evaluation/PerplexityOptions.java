package io.compot.evaluation;

import java.util.OptionalInt;

/**
 * How to measure token perplexity.
 *
 * @param window tokens a window; empty: the model's maximum, at most 2048
 * @param bos whether each window begins with the beginning-of-text token
 * @param reading how the file becomes one text
 * @param windows most windows, from the start of the text; empty: all
 */
public record PerplexityOptions(
    OptionalInt window, boolean bos, TextReading reading, OptionalInt windows) {

  /** The model's own window, no beginning-of-text token, the text as it stands in its file. */
  public static PerplexityOptions defaults() {
    return new PerplexityOptions(
        OptionalInt.empty(), false, TextReading.PLAIN, OptionalInt.empty());
  }

  public PerplexityOptions withWindow(int tokens) {
    return new PerplexityOptions(OptionalInt.of(tokens), bos, reading, windows);
  }

  public PerplexityOptions withBos(boolean value) {
    return new PerplexityOptions(window, value, reading, windows);
  }

  public PerplexityOptions withReading(TextReading value) {
    return new PerplexityOptions(window, bos, value, windows);
  }

  /** So many windows at most, from the start of the text. */
  public PerplexityOptions withWindows(int most) {
    return new PerplexityOptions(window, bos, reading, OptionalInt.of(most));
  }
}
