package io.compot.setting;

/** A setting that cannot be: the message says what was expected, not where it was said. */
public final class Refused extends Exception {

  private static final long serialVersionUID = 1L;

  /** Says what is wrong, or what was expected. */
  public Refused(String message) {
    super(message);
  }
}
