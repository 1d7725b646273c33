package io.compot.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.compot.error.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/** Where the log goes, and how much of it. */
final class Logging {

  /** What the terminal has been told in its own words: for the file alone. */
  static final String TOLD = "io.compot.told";

  private static final String PLAIN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %replace(%msg){'[\\r\\n]+', ' '}%n%ex";

  private Logging() {}

  /** Warnings of ours only; with {@code verbose} everything that is worth a word. */
  static void setUp(boolean verbose) {
    level("ROOT", verbose ? Level.INFO : Level.ERROR);
    level("io.compot", verbose ? Level.DEBUG : Level.WARN);
    if (root().getAppender(LogConfiguration.TERMINAL) instanceof LogConfiguration.Lines lines) {
      lines.show(verbose);
    }
  }

  /**
   * Adds a file, at whose end lines are written: JSON where its name ends in {@code .json} or
   * {@code .jsonl}, else plain ones.
   *
   * @throws FailureException where it cannot be written
   */
  static void toFile(Path file, LogLevel level, boolean verbose) throws FailureException {
    try {
      Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
    } catch (IOException failed) {
      throw new FailureException(
          "%s: the log cannot be written (%s); choose another file for --log-file"
              .formatted(file, failed),
          failed);
    }
    setUp(verbose);
    Logger root = root();
    var encoder = encoder(file);
    encoder.setContext(root.getLoggerContext());
    encoder.start();
    var threshold = new ThresholdFilter();
    threshold.setLevel(level.name());
    threshold.start();
    var appender = new FileAppender<ILoggingEvent>();
    appender.setContext(root.getLoggerContext());
    appender.setName("file");
    appender.setFile(file.toString());
    appender.setEncoder(encoder);
    appender.addFilter(threshold);
    appender.start();
    root.detachAppender("file");
    root.addAppender(appender);
    level("io.compot", Level.toLevel(level.name()));
    level("ROOT", Level.INFO);
  }

  private static Encoder<ILoggingEvent> encoder(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (name.endsWith(".json") || name.endsWith(".jsonl")) {
      return new JsonLineEncoder();
    }
    var plain = new PatternLayoutEncoder();
    plain.setPattern(PLAIN);
    return plain;
  }

  private static void level(String name, Level level) {
    if (LoggerFactory.getLogger(name) instanceof Logger logger) {
      logger.setLevel(level);
    }
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger("ROOT");
  }
}
