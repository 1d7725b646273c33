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

  private static final int LONGEST = 1500;

  private final int exitCode;

  CompotException(int exitCode, String message) {
    super(plain(message));
    this.exitCode = exitCode;
  }

  CompotException(int exitCode, String message, Throwable cause) {
    super(plain(message), cause);
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

  /** Names inside a hostile file may hold line ends and escape codes, and be of any length. */
  private static String plain(String message) {
    var line = new StringBuilder(message.length());
    for (int i = 0; i < message.length() && line.length() < LONGEST; i++) {
      char c = message.charAt(i);
      if (Character.isISOControl(c)) {
        line.append(c == '\n' || c == '\r' || c == '\t' ? " " : "\\u%04x".formatted((int) c));
      } else {
        line.append(c);
      }
    }
    return line.length() < LONGEST ? line.toString() : line + "...";
  }
}
