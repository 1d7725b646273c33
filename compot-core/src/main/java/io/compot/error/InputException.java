package io.compot.error;

import java.io.IOException;
import java.nio.file.Path;

/** A file or text that the user gave is not acceptable (exit code 3). */
public final class InputException extends CompotException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message one line: what is wrong, where, what was expected, what to do
   */
  public InputException(String message) {
    super(3, message);
  }

  /**
   * @param message as above; {@code cause} is shown only with {@code --verbose}
   */
  public InputException(String message, Throwable cause) {
    super(3, message, cause);
  }

  /** "file: problem; advice". */
  public static InputException in(Path file, String problem, String advice) {
    return new InputException(file + ": " + problem + "; " + advice);
  }

  /** "file: field: problem; advice". */
  public static InputException in(Path file, String field, String problem, String advice) {
    return new InputException(file + ": " + field + ": " + problem + "; " + advice);
  }

  /** A file that the system does not let us read. */
  public static InputException unreadable(Path file, IOException e) {
    return new InputException(
        file + ": cannot be read (" + e + "); check that it exists and its permissions", e);
  }
}
