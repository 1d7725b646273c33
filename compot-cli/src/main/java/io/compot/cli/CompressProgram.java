package io.compot.cli;

import java.util.Arrays;
import picocli.CommandLine;

/** The compress command as a program of its own, for those who have its work done elsewhere. */
public final class CompressProgram {

  private CompressProgram() {}

  /**
   * Runs it; whatever happens ends as an exit code and at most one line of error.
   *
   * @param itself how the program is called, for messages, as a shell takes it
   * @param elsewhere where the work is done; asked after settings and shapes were checked
   * @param arguments those of {@code compot compress}
   * @return the exit code
   */
  public static int run(String itself, Elsewhere elsewhere, String... arguments) {
    System.setProperty(Invocation.ITSELF, itself);
    Screen screen = Screen.ofProcess();
    // Some libraries print what they find odd; that does not belong among results.
    System.setOut(System.err);
    return run(screen, elsewhere, arguments);
  }

  /** The same on another screen. */
  static int run(Screen screen, Elsewhere elsewhere, String... arguments) {
    boolean verbose = Arrays.asList(arguments).contains("--verbose");
    var command = new CompressCommand(screen, elsewhere);
    return Main.run(
        screen,
        log -> new CommandLine(command, new CommandFactory(screen, log)).setCommandName("compot"),
        verbose,
        arguments);
  }
}
