package io.compot.chat.jinja;

/**
 * What a template may use up. Templates come with models from anywhere and may be made to do harm.
 *
 * @param work steps taken plus characters and list elements made, which bounds time and memory
 * @param output characters of the result
 * @param depth nested statements, calls and values
 */
public record Limits(long work, int output, int depth) {

  /** Far more than a conversation that fills a context of a million tokens takes. */
  public static Limits defaults() {
    return new Limits(200_000_000, 16_000_000, 800);
  }
}
