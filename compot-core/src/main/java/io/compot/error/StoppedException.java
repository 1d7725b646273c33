package io.compot.error;

/**
 * The work stopped at a safe point because it was asked to; what is finished is kept, and the same
 * call goes on with it (exit code 75, the "try again" of BSD's sysexits).
 */
public final class StoppedException extends CompotException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: where it stopped, what is kept
   */
  public StoppedException(String message) {
    super(75, message);
  }
}
