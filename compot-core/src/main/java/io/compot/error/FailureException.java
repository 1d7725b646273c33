package io.compot.error;

/**
 * Something failed while working: a full disk, a matrix that cannot be decomposed (exit code 1).
 */
public final class FailureException extends CompotException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: what failed, on what, what to do
   */
  public FailureException(String message) {
    super(1, message);
  }

  /**
   * @param message as above; {@code cause} is shown only with {@code --verbose}
   */
  public FailureException(String message, Throwable cause) {
    super(1, message, cause);
  }
}
