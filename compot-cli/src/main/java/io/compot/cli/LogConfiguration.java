package io.compot.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Locale;

/** Logback's configuration in code (an XML file would be slower to start): one clean line each. */
public final class LogConfiguration extends ContextAwareBase implements Configurator {

  static final String TERMINAL = "stderr";

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    var lines = new Lines();
    lines.setContext(context);
    lines.setName(TERMINAL);
    lines.start();
    var root = context.getLogger("ROOT");
    root.setLevel(Level.ERROR);
    root.addAppender(lines);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** "warning: message" on standard error; causes only where debugging was asked for. */
  static final class Lines extends AppenderBase<ILoggingEvent> {

    private volatile boolean verbose;

    /** How much the terminal shows, whatever a file is told. */
    void show(boolean everything) {
      verbose = everything;
    }

    @Override
    protected void append(ILoggingEvent event) {
      boolean ours = event.getLoggerName().startsWith("io.compot");
      Level least = verbose ? (ours ? Level.DEBUG : Level.INFO) : ours ? Level.WARN : Level.ERROR;
      if (!event.getLevel().isGreaterOrEqual(least) || event.getLoggerName().equals(Logging.TOLD)) {
        return;
      }
      Screen screen = Screen.ofProcess();
      screen.clearLine();
      String level =
          event.getLevel() == Level.WARN
              ? "warning"
              : event.getLevel().toString().toLowerCase(Locale.ROOT);
      IThrowableProxy cause = event.getThrowableProxy();
      String because =
          cause == null ? "" : " (" + cause.getClassName() + ": " + cause.getMessage() + ")";
      screen.err().println(level + ": " + ErrorLine.oneLine(event.getFormattedMessage() + because));
    }
  }
}
