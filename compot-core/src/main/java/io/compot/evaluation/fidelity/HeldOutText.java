package io.compot.evaluation.fidelity;

import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * A held-out text, and how much of it is looked at.
 *
 * @param file of UTF-8 text, or of rows
 * @param window tokens a window; empty: the model's maximum, at most 2048
 * @param windows most windows, from the start of the text
 */
public record HeldOutText(Path file, OptionalInt window, int windows) {

  /** Tokens of a window for a model that takes so many. */
  public int window(int context) {
    return window.orElse(Math.min(context, 2048));
  }
}
