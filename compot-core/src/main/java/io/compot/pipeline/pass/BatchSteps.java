package io.compot.pipeline.pass;

import io.compot.progress.Stage;
import io.compot.progress.StopRequest;

/** Tells of every batch of a pass, which asks before each of them whether to stop. */
final class BatchSteps implements StopRequest {

  private final Stage stage;
  private final StopRequest stop;
  private String where;
  private long each;
  private long left;

  /**
   * Steps of a stage.
   *
   * @param where what is done first
   * @param each units of a batch
   * @param batches that are told to take units; more of them take none
   */
  BatchSteps(Stage stage, String where, long each, long batches) {
    this.stage = stage;
    this.stop = stage.stop();
    this.where = where;
    this.each = each;
    this.left = batches;
  }

  /** Something else is done now. What batches are left of it so far were done before. */
  void next(String now, long unitsEach, long batches) {
    stage.advance(now, each * left);
    where = now;
    each = unitsEach;
    left = batches;
  }

  @Override
  public boolean wanted() {
    stage.advance(where, left > 0 ? each : 0);
    left = Math.max(0, left - 1);
    return stop.wanted();
  }
}
