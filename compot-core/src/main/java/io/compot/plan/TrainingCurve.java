package io.compot.plan;

import java.util.List;

/**
 * How a model was trained, by what it loses on windows that it was not trained on.
 *
 * @param loss what is lost, and in which unit
 * @param points after the first, which is before any step, one a measurement
 * @param best number of the point whose numbers were kept
 */
public record TrainingCurve(String loss, List<Point> points, int best) {

  /**
   * One measurement.
   *
   * @param rounds over the text until then
   * @param loss on windows held out
   */
  public record Point(double rounds, double loss) {}

  public TrainingCurve {
    points = List.copyOf(points);
  }
}
