package io.compot.error;

/** The request itself makes no sense: an unknown option, a ratio outside (0,1) (exit code 2). */
public final class UsageException extends CompotException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: which setting, what was given, what is allowed
   */
  public UsageException(String message) {
    super(2, message);
  }
}
