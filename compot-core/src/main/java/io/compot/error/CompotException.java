package io.compot.error;

/**
 * Everything that Compot refuses or fails at, as the commands print it.
 *
 * <p>The message is one line that names what was wrong (file, field, tensor), what was expected and
 * what to do about it. {@link #exitCode()} is the exit code of the command line, so that a program
 * and a shell script can tell the same cases apart.
 */
public abstract sealed class CompotException extends Exception
    permits InputException, UsageException, FailureException, StoppedException {

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  CompotException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  CompotException(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** 1 failure inside, 2 usage, 3 the input is not acceptable, 75 stopped and resumable. */
  public final int exitCode() {
    return exitCode;
  }

  /** The message; never null, always one line. */
  @Override
  public final String getMessage() {
    String message = super.getMessage();
    return message == null ? getClass().getSimpleName() : message;
  }
}
