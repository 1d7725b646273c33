package io.compot.cli;

import io.compot.error.CompotException;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ParameterException;

/** Turns whatever was thrown into one line and an exit code. */
final class ErrorLine {

  private ErrorLine() {}

  /**
   * Prints the line, and the stack trace where {@code verbose}.
   *
   * @return the exit code
   */
  static int print(Throwable thrown, Screen screen, boolean verbose) {
    return print(thrown, screen, verbose, Optional.empty());
  }

  /** Whether nobody foresaw it: what {@link CrashReport} is for. */
  static boolean unforeseen(Throwable thrown) {
    return !(thrown instanceof CompotException || thrown instanceof ParameterException);
  }

  /** The same, naming the report that tells all of it. */
  static int print(Throwable thrown, Screen screen, boolean verbose, Optional<Path> report) {
    String line = message(thrown) + report.map(file -> "; the crash report is " + file).orElse("");
    LoggerFactory.getLogger(Logging.TOLD).error("{}", oneLine(line), thrown);
    screen.clearLine();
    screen.err().println(screen.alarm("compot:") + " " + oneLine(line));
    if (verbose) {
      thrown.printStackTrace(screen.err());
    }
    return thrown instanceof CompotException known ? known.exitCode() : 1;
  }

  private static String message(Throwable thrown) {
    return switch (thrown) {
      case CompotException known -> known.getMessage();
      case ParameterException unknown -> firstLine(unknown);
      case OutOfMemoryError full ->
          "not enough memory (%s); set COMPOT_JAVA_OPTS=-Xmx8g or more if the Java heap is too small, or free memory"
              .formatted(firstLine(full));
      case StackOverflowError _ ->
          "internal error: something is nested too deeply; run again with --verbose to see where";
      case RuntimeException refused when firstLine(refused).contains("can't allocate memory") ->
          "not enough memory: libtorch could not get what it asked for; free memory or use a machine with more";
      default ->
          "internal error: %s: %s; run again with --verbose to see where, and report it"
              .formatted(thrown.getClass().getSimpleName(), firstLine(thrown));
    };
  }

  private static String firstLine(Throwable thrown) {
    String message = thrown.getMessage();
    return message == null ? "no details" : message.lines().findFirst().orElse("no details");
  }

  /** One line that cannot drive a terminal: names inside a hostile file may hold escape codes. */
  static String oneLine(String message) {
    var line = new StringBuilder(message.length());
    message
        .codePoints()
        .forEach(point -> {
          if (point == '\n' || point == '\r' || point == '\t') {
            line.append(' ');
          } else if (Character.isISOControl(point)
              || Character.getType(point) == Character.FORMAT) {
            line.append("\\u%04x".formatted(point));
          } else {
            line.appendCodePoint(point);
          }
        });
    return line.toString().strip();
  }
}
