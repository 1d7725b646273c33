package io.compot.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.slf4j.LoggerFactory;

/** How much of the log is shown. */
final class Logging {

  private Logging() {}

  /** Warnings of ours only; with {@code verbose} everything that is worth a word. */
  static void setUp(boolean verbose) {
    level("ROOT", verbose ? Level.INFO : Level.ERROR);
    level("io.compot", verbose ? Level.DEBUG : Level.WARN);
  }

  private static void level(String name, Level level) {
    if (LoggerFactory.getLogger(name) instanceof Logger logger) {
      logger.setLevel(level);
    }
  }
}
