package io.compot.cli;

import io.compot.error.FailureException;
import io.compot.error.UsageException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Option;

/** How much a command says; every command has these. */
final class OutputOptions {

  private final ProgressLog log;

  OutputOptions(ProgressLog log) {
    this.log = log;
  }

  @Option(
      names = {"-q", "--quiet"},
      description = "No progress, no tables: the result in one line.")
  boolean quiet;

  @Option(
      names = "--verbose",
      description = "Say what happens inside; show where an error came from.")
  boolean verbose;

  @Option(
      names = "--log-file",
      paramLabel = "FILE",
      description =
          "Add what happens to FILE, one line an event; as JSON lines where its name ends in .jsonl.")
  private @Nullable Path logFile;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      defaultValue = "info",
      description =
          "What goes into that file: error, warn, info, debug or trace. Default: ${DEFAULT-VALUE}.")
  private LogLevel logLevel = LogLevel.INFO;

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
  Screen results(Screen screen, boolean json) throws UsageException, FailureException {
    Logging.setUp(verbose);
    if (logFile != null) {
      Logging.toFile(logFile, logLevel, verbose);
      Logger told = LoggerFactory.getLogger(Logging.TOLD);
      told.info("{}", String.join(", ", new Version().getVersion()));
    }
    return json ? screen.silent() : screen;
  }

  /** Who shows progress. */
  ProgressView progress(Screen screen) {
    return new ProgressView(screen, quiet, log);
  }
}
