package io.compot.cli;

import java.time.Duration;
import java.util.function.Supplier;
import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;
import org.jspecify.annotations.Nullable;

/**
 * The line that shows a stage on a terminal: share, bar, time left and what is being worked on.
 * Units of work mean nothing to people, so they are not shown; what does not fit loses its
 * beginning, since layers differ at their ends.
 *
 * @param left expected time to the stage's end; null while nothing is known
 * @param plain whether only ASCII can be shown
 */
record BarLine(Supplier<@Nullable Duration> left, boolean plain) implements ProgressBarRenderer {

  private static final int BAR = 20;
  private static final int SHORTEST_MESSAGE = 8;

  @Override
  public String render(ProgressState state, int maxLength) {
    String line =
        line(
            state.getTaskName(),
            state.isIndefinite() ? -1 : state.getNormalizedProgress(),
            state.getTotalElapsed(),
            state.getExtraMessage().strip(),
            maxLength);
    // Over the end of a longer one before.
    return line + " ".repeat(Math.max(0, maxLength - line.length()));
  }

  /**
   * The line.
   *
   * @param done fraction done; below 0 where it is not known
   * @param most columns
   */
  String line(String stage, double done, Duration elapsed, String what, int most) {
    var line = new StringBuilder(stage);
    if (done >= 0) {
      double share = Math.min(1, done);
      int full = (int) (BAR * share);
      line.append(" %3d %% ".formatted((int) (100 * share)))
          .append((plain ? "#" : "█").repeat(full))
          .append((plain ? "." : "░").repeat(BAR - full));
    }
    Duration rest = left.get();
    line.append("  ").append(rest == null ? seconds(elapsed) : "about " + seconds(rest) + " left");
    int room = most - line.length() - 2;
    if (!what.isEmpty() && room >= SHORTEST_MESSAGE) {
      String mark = plain ? "..." : "…";
      String shown =
          what.length() <= room
              ? what
              : mark + what.substring(what.length() - room + mark.length());
      line.append("  ").append(shown);
    }
    return line.length() <= most ? line.toString() : line.substring(0, Math.max(0, most));
  }

  /** Tenths would flicker. */
  private static String seconds(Duration duration) {
    return duration.toSeconds() < 60
        ? duration.toSeconds() + " s"
        : Quantity.time(Duration.ofSeconds(duration.toSeconds()));
  }
}
