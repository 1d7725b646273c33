package io.compot.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.compot.error.FailureException;
import io.compot.error.UsageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Where the log goes, and how much of it. */
final class Logging {

  /** What the terminal has been told in its own words: for the file alone. */
  static final String TOLD = "io.compot.told";

  private static final int BEGINNING = 64;

  /** How each line of a log begins, plain or JSON. */
  private static final Pattern LOG =
      Pattern.compile("(\\{\\s*\"time\"\\s*:\\s*\")?\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:");

  private static final String PLAIN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0}: %replace(%msg){'[\\r\\n]+', ' '}%n%ex";

  private Logging() {}

  /** Warnings of ours only; with {@code verbose} everything that is worth a word. */
  static void setUp(boolean verbose) {
    level("ROOT", verbose ? Level.INFO : Level.ERROR);
    level("io.compot", verbose ? Level.DEBUG : Level.WARN);
    Logger root = root();
    if (root != null
        && root.getAppender(LogConfiguration.TERMINAL) instanceof LogConfiguration.Lines lines) {
      lines.show(verbose);
    }
  }

  /**
   * Adds a file, at whose end lines are written: JSON where its name ends in {@code .json} or
   * {@code .jsonl}, else plain ones.
   *
   * @throws UsageException where it is a file of something else, or the log is somebody else's
   * @throws FailureException where it cannot be written
   */
  static void toFile(Path file, LogLevel level, boolean verbose)
      throws UsageException, FailureException {
    Logger root = root();
    if (root == null) {
      throw new UsageException(
          "--log-file is for the compot command; here the log is another program's, which has settings of its own");
    }
    try {
      requireLog(file);
      Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND).close();
    } catch (IOException failed) {
      throw new FailureException(
          "%s: the log cannot be written (%s); choose another file for --log-file"
              .formatted(file, failed),
          failed);
    }
    setUp(verbose);
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

  /**
   * What is no log of ours, the weights of a model for one, would be spoiled by lines at its end.
   */
  private static void requireLog(Path file) throws IOException, UsageException {
    if (!Files.isRegularFile(file) || Files.size(file) == 0 || file.toString().endsWith(".log")) {
      return;
    }
    try (var in = Files.newInputStream(file)) {
      String start = new String(in.readNBytes(BEGINNING), StandardCharsets.ISO_8859_1);
      if (!LOG.matcher(start).lookingAt()) {
        throw new UsageException(
            file + ": there is a file that is no log; name another for --log-file");
      }
    }
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

  /** Null where another library logs, as inside of another program. */
  private static @Nullable Logger root() {
    return LoggerFactory.getLogger("ROOT") instanceof Logger logger ? logger : null;
  }
}
