package io.compot.evaluation.vision;

import io.compot.text.rows.Row;
import java.util.List;
import java.util.Map;

/**
 * One question about images.
 *
 * @param row it was read from
 * @param images columns of it, in the order in which they are shown
 * @param text behind the images
 * @param judge says what an answer is worth
 */
record VisionItem(Row row, List<String> images, String text, Judge judge) {

  VisionItem {
    images = List.copyOf(images);
  }

  /** Judges an answer. */
  @FunctionalInterface
  interface Judge {

    /** Verdicts by the metrics that they count for. */
    Map<String, Verdict> of(String answer);
  }

  /**
   * What an answer is worth for a metric.
   *
   * @param part of the metric that is averaged by itself; empty where there are no parts
   */
  record Verdict(double score, String part) {

    static Verdict of(boolean right) {
      return new Verdict(right ? 1 : 0, "");
    }
  }
}
