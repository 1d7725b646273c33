package io.compot.tokenizer;

import java.util.Arrays;

/**
 * Turns tokens into text one by one. A token may hold part of a character, and whether a word
 * begins with a space depends on the tokens before it, so each token is decoded together with the
 * few before it, and text is held back while it ends in an incomplete character.
 */
public final class TextStream {

  /** Tokens of the prompt that decide how the next one is written. */
  private static final int CONTEXT = 6;

  /** A character has at most four bytes; a longer row of bad bytes is no character. */
  private static final int LONGEST_CHARACTER = 4;

  /** Special tokens in a row that have no text; more are forgotten. */
  private static final int LONGEST_SILENCE = 64;

  private static final String INCOMPLETE = "\uFFFD";

  private final TextTokenizer tokenizer;

  /** The tokens of the last piece of text, then those that are held back. */
  private long[] window;

  private int written;

  TextStream(TextTokenizer tokenizer, long[] before) {
    this.tokenizer = tokenizer;
    this.window = last(before, CONTEXT);
    // The context must not begin inside a character: its text would change with what follows.
    for (int extra = 1;
        extra < LONGEST_CHARACTER && tokenizer.decode(window, true).startsWith(INCOMPLETE);
        extra++) {
      window = last(before, CONTEXT + extra);
    }
    this.written = window.length;
  }

  /** The text that this token completes; empty while a character is incomplete. */
  public String next(long id) {
    window = Arrays.copyOf(window, window.length + 1);
    window[window.length - 1] = id;
    return advance(window.length - written > LONGEST_CHARACTER);
  }

  /** What was held back, at the end of the text. */
  public String finish() {
    return advance(true);
  }

  private String advance(boolean anyhow) {
    String before = tokenizer.decode(Arrays.copyOf(window, written), true);
    String all = tokenizer.decode(window, true);
    if (!anyhow && all.endsWith(INCOMPLETE)) {
      return "";
    }
    if (all.length() <= before.length()) { // special tokens: the context stays what it was
      window = last(window, LONGEST_SILENCE);
      written = window.length;
      return "";
    }
    window = Arrays.copyOfRange(window, written, window.length);
    written = window.length;
    return all.substring(before.length());
  }

  private static long[] last(long[] ids, int count) {
    return Arrays.copyOfRange(ids, Math.max(0, ids.length - count), ids.length);
  }
}
