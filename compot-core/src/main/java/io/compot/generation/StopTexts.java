package io.compot.generation;

import java.util.List;

/**
 * Ends a text at one of some stop texts, which do not become part of it. A stop text may come in
 * pieces: what may be its beginning is held back until it is clear.
 */
public final class StopTexts {

  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean reached;

  /**
   * @param stops none of them empty
   */
  public StopTexts(List<String> stops) {
    this.stops = List.copyOf(stops);
  }

  /** Whether a stop text was there. */
  public boolean reached() {
    return reached;
  }

  /**
   * Takes a piece of the text.
   *
   * @return what is clear by now; nothing behind a stop text
   */
  public String next(String piece) {
    if (reached) {
      return "";
    }
    held.append(piece);
    int end = -1;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      end = at >= 0 && (end < 0 || at < end) ? at : end;
    }
    reached = end >= 0;
    return take(reached ? end : held.length() - mayBegin());
  }

  /** What was held back, at the end of the text. */
  public String finish() {
    return reached ? "" : take(held.length());
  }

  private String take(int length) {
    String text = held.substring(0, length);
    held.delete(0, length);
    return text;
  }

  /** Length of the longest end of the held text that a stop text begins with. */
  private int mayBegin() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
        if (held.lastIndexOf(stop.substring(0, n)) == held.length() - n) {
          longest = n;
        }
      }
    }
    return longest;
  }
}
