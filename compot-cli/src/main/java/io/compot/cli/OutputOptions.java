package io.compot.cli;

import picocli.CommandLine.Option;

/** How much a command says; every command has these. */
final class OutputOptions {

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress, no tables: the result in one line.")
  boolean quiet;

  @Option(
      names = "--verbose",
      description = "Say what happens inside; show where an error came from.")
  boolean verbose;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  /**
   * Where results for people go: nowhere if a machine reads {@code out}.
   *
   * @param json whether JSON was asked for
   */
  Screen results(Screen screen, boolean json) {
    Logging.setUp(verbose);
    return json ? screen.silent() : screen;
  }

  /** Who shows progress. */
  ProgressView progress(Screen screen) {
    return new ProgressView(screen, quiet);
  }
}
