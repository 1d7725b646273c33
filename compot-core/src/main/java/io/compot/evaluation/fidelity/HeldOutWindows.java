package io.compot.evaluation.fidelity;

import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Windows of tokens that do not overlap, from the start of a text; an incomplete last one is
 * dropped.
 *
 * @param all of equal length
 */
record HeldOutWindows(List<long[]> all) {

  HeldOutWindows {
    all = List.copyOf(all);
  }

  /**
   * Cuts.
   *
   * @param tokens of the whole text
   * @param window tokens a window, from 2 to {@code context}
   * @param most windows taken
   * @throws UsageException where the window does not fit, or the text is too short for one
   */
  static HeldOutWindows of(long[] tokens, int window, int most, int context) throws UsageException {
    if (window < 2 || window > context) {
      throw new UsageException(
          "window %d does not fit: from 2 to the model's %d tokens".formatted(window, context));
    }
    int count = Math.min(most, tokens.length / window);
    if (count < 1) {
      throw new UsageException(
          "%d held-out tokens do not fill one of %d windows of %d; give more text or a smaller window"
              .formatted(tokens.length, most, window));
    }
    List<long[]> windows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      windows.add(Arrays.copyOfRange(tokens, i * window, (i + 1) * window));
    }
    return new HeldOutWindows(windows);
  }

  int count() {
    return all.size();
  }

  int length() {
    return all.getFirst().length;
  }
}
