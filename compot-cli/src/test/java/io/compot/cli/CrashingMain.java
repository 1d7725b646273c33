package io.compot.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * The command, of which something breaks that nobody foresaw: the first argument says when, in
 * layers.
 */
final class CrashingMain {

  private CrashingMain() {}

  public static void main(String[] arguments) {
    int layers = Integer.parseInt(arguments[0]);
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.addTurboFilter(new Breaking(layers));
    String[] rest = java.util.Arrays.copyOfRange(arguments, 1, arguments.length);
    System.exit(Main.run(Screen.ofProcess(), rest));
  }

  private static final class Breaking extends TurboFilter {
    private int left;

    private Breaking(int layers) {
      left = layers;
    }

    @Override
    public FilterReply decide(
        @Nullable Marker marker,
        Logger logger,
        Level level,
        @Nullable String format,
        Object @Nullable [] parameters,
        @Nullable Throwable thrown) {
      if (logger.getName().equals(ProgressLog.class.getName()) && --left == 0) {
        throw new IllegalStateException("met \"the user's own words\" here");
      }
      return FilterReply.NEUTRAL;
    }
  }
}
