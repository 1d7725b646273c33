package io.compot.cli;

import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes progress to the log, one line a layer, and remembers the last of it for crash reports. */
final class ProgressLog implements ProgressListener {

  private static final Logger LAYERS = LoggerFactory.getLogger(ProgressLog.class);
  private static final Logger TOLD = LoggerFactory.getLogger(Logging.TOLD);
  private static final int REMEMBERED = 30;

  private final Deque<String> last = new ArrayDeque<>();
  private boolean step;

  @Override
  public void on(Progress event) {
    String line = line(event);
    synchronized (last) {
      // Of many steps in a row the newest tells enough.
      if (step && event instanceof Progress.Step) {
        last.removeLast();
      }
      step = event instanceof Progress.Step;
      if (last.size() == REMEMBERED) {
        last.removeFirst();
      }
      last.addLast(line);
    }
    switch (event) {
      case Progress.LayerFinished layer ->
          LAYERS
              .atInfo()
              .addKeyValue("layer", layer.name())
              .addKeyValue("index", layer.index())
              .addKeyValue("count", layer.count())
              .addKeyValue("relative_error", layer.relativeError())
              .addKeyValue("seconds", layer.seconds())
              .log("{}", line);
      case Progress.Step step ->
          TOLD.atDebug()
              .addKeyValue("stage", step.stage())
              .addKeyValue("done", step.done())
              .addKeyValue("total", step.total())
              .log("{}", line);
      case Progress.StageFinished finished ->
          TOLD.atInfo()
              .addKeyValue("stage", finished.stage())
              .addKeyValue("seconds", finished.elapsed().toNanos() / 1e9)
              .log("{}", line);
      case Progress.Notice _ -> TOLD.warn("{}", line);
      default -> TOLD.info("{}", line);
    }
  }

  /** What happened last, oldest first. */
  List<String> last() {
    synchronized (last) {
      return List.copyOf(last);
    }
  }

  private static String line(Progress event) {
    return switch (event) {
      case Progress.StageStarted started -> started.stage() + ": begun";
      case Progress.Step step ->
          "%s: %s (%d of %d)".formatted(step.stage(), step.what(), step.done(), step.total());
      case Progress.LayerFinished layer ->
          String.format(
              Locale.ROOT,
              "layer %d/%d %s: %s, relative error %.6g, %.2f s",
              layer.index(),
              layer.count(),
              layer.name(),
              layer.size(),
              layer.relativeError(),
              layer.seconds());
      case Progress.StageFinished finished ->
          "%s: done in %s".formatted(finished.stage(), Quantity.time(finished.elapsed()));
      case Progress.Notice notice -> ErrorLine.oneLine(notice.message());
    };
  }
}
