package io.compot.cli;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.StoppedException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;

/** Entry point of the {@code compot} command. */
public final class Main {

  private static final String OPEN =
      "are its files still there, and may 128 files be open at a time (ulimit -n)?";

  private Main() {}

  /** Runs the command and exits with its code. */
  public static void main(String[] arguments) {
    Screen screen = Screen.ofProcess();
    // Some libraries print what they find odd; that does not belong among results.
    System.setOut(System.err);
    System.exit(run(screen, arguments));
  }

  /** Runs the command; whatever happens ends as an exit code and at most one line of error. */
  static int run(Screen screen, String... arguments) {
    boolean verbose = Arrays.asList(arguments).contains("--verbose");
    return run(screen, log -> whole(screen, log), verbose, arguments);
  }

  /**
   * The same of a command with or without subcommands.
   *
   * @param command is given the log of its progress
   */
  @SuppressWarnings("CatchAndPrintStackTrace") // only with --verbose
  static int run(
      Screen screen,
      Function<ProgressLog, CommandLine> command,
      boolean verbose,
      String... arguments) {
    try {
      CommandLine commandLine = configured(screen, command, verbose, arguments);
      int code = commandLine.execute(ListArguments.tidy(commandLine, arguments));
      return code == 0 ? written(screen) : code;
    } catch (Throwable thrown) {
      try {
        return failed(thrown, screen, verbose, new ProgressLog(), arguments);
      } catch (LinkageError missing) {
        // Not even the classes that would say it better.
        screen.err().println("compot: its own classes cannot be loaded (" + thrown + "); " + OPEN);
        return 1;
      }
    }
  }

  /** What was asked for may be done, and yet not have reached whoever asked. */
  private static int written(Screen screen) {
    String lost = screen.lost();
    return lost == null
        ? 0
        : ErrorLine.print(
            new FailureException(
                "standard output cannot be written (%s); the result is not whole: make room, or send it elsewhere"
                    .formatted(lost)),
            screen,
            false);
  }

  private static int failed(
      Throwable thrown, Screen screen, boolean verbose, ProgressLog log, String... arguments) {
    var report =
        ErrorLine.unforeseen(thrown)
            ? CrashReport.write(thrown, log.last(), arguments)
            : Optional.<Path>empty();
    return ErrorLine.print(thrown, screen, verbose, report);
  }

  /**
   * The command with its subcommands.
   *
   * @param arguments what will be executed, for the words of a stopped command
   */
  static CommandLine commandLine(Screen screen, boolean verbose, String... arguments) {
    return configured(screen, log -> whole(screen, log), verbose, arguments);
  }

  private static CommandLine whole(Screen screen, ProgressLog log) {
    return new CommandLine(new CompotCommand(), new CommandFactory(screen, log));
  }

  private static CommandLine configured(
      Screen screen,
      Function<ProgressLog, CommandLine> command,
      boolean verbose,
      String... arguments) {
    var log = new ProgressLog();
    return command
        .apply(log)
        .setOut(new PrintWriter(screen.out(), true, screen.out().charset()))
        .setErr(new PrintWriter(screen.err(), true, screen.err().charset()))
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(
                screen.outTerminal() && screen.colours() ? Ansi.ON : Ansi.OFF))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpWidth(100)
        .setUsageHelpAutoWidth(false)
        .setAbbreviatedOptionsAllowed(false)
        .setParameterExceptionHandler((refused, _) -> usageError(refused, screen))
        .setExecutionExceptionHandler((thrown, where, _) -> {
          int code = failed(thrown, screen, verbose, log, arguments);
          if (thrown instanceof CompotException && code == 2) {
            hint(where, screen);
          }
          if (thrown instanceof StoppedException) {
            screen.err().println("resume with: " + ResumingCommand.of(arguments));
          }
          return code;
        });
  }

  private static int usageError(ParameterException refused, Screen screen) {
    ErrorLine.print(refused, screen, false);
    hint(refused.getCommandLine(), screen);
    return 2;
  }

  private static void hint(CommandLine where, Screen screen) {
    String command = where.getCommandSpec().qualifiedName().replaceFirst("^compot", "");
    screen.err().println("try: %s%s --help".formatted(Invocation.itself(), command));
  }
}
