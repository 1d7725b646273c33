package io.compot.progress;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** An event in long work. Stages follow one another; steps and layers belong to the open stage. */
public sealed interface Progress {

  /**
   * A stage began.
   *
   * @param stage a short name: "check", "tokenise", "compress", "write", "evaluate", "export"
   * @param total units of work in it; 0 where that is not known
   */
  record StageStarted(String stage, long total) implements Progress {}

  /**
   * Some of the stage is done.
   *
   * @param what what is being worked on now, e.g. "block 3/16: calibrate"
   * @param done units of work done, of {@code total}; units are of equal expected time
   * @param elapsed since the stage began
   * @param left expected time to its end; null while nothing is known
   */
  record Step(
      String stage, String what, long done, long total, Duration elapsed, @Nullable Duration left)
      implements Progress {}

  /**
   * A projection is finished.
   *
   * @param name checkpoint name of the projection
   * @param index from 1 to {@code count}, over the whole model
   * @param size what replaced the weight, e.g. "k 66, s 33" or "rank 25"
   * @param relativeError ‖L(W−W̃)‖/‖LW‖, or ‖W−W̃‖/‖W‖ where the method needs no calibration
   */
  record LayerFinished(
      String name, int index, int count, String size, double relativeError, double seconds)
      implements Progress {}

  /** A stage ended. */
  record StageFinished(String stage, Duration elapsed) implements Progress {}

  /** Something worth knowing that is no error: one line. */
  record Notice(String message) implements Progress {}
}
