package io.compot.plan;

import io.compot.allocation.Allocation;
import io.compot.allocation.BudgetAllocator;
import io.compot.allocation.ProjectionProfile;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.List;

/**
 * What the allocation would make of other budgets: the rise of the loss that is predicted, against
 * size.
 *
 * @param chosen where the plan is
 * @param points in ascending order of bits and descending order of rises: where more bits buy
 *     nothing, since forms are few, there is no point
 */
public record DamageCurve(Point chosen, List<Point> points) {

  private static final int POINTS = 16;

  /**
   * One size.
   *
   * @param bits of the projections that share the budget
   * @param rise predicted rise of the mean loss, nats a token: the sum of what each projection
   *     alone is predicted to cost
   */
  public record Point(long bits, double rise) {}

  public DamageCurve {
    points = List.copyOf(points);
  }

  /**
   * Splits other budgets, at even steps of the logarithm.
   *
   * @param profiles whose options have predicted rises
   * @param chosen bits of the plan
   * @param least bits of the smallest
   */
  static DamageCurve of(
      BudgetAllocator allocator, List<ProjectionProfile> profiles, long chosen, long least)
      throws UsageException {
    long most = profiles.stream().mapToLong(ProjectionProfile::denseBits).sum() - 1;
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < POINTS; i++) {
      double part = i / (POINTS - 1.0);
      long bits = i == 0 ? least : Math.round(least * Math.pow(most / (double) least, part));
      try {
        Point point = point(allocator.allocate(profiles, bits));
        if (points.isEmpty()
            || (points.getLast().bits() < point.bits() && point.rise() < points.getLast().rise())) {
          points.add(point);
        }
      } catch (UsageException _) {
        // Guards may leave some sizes out.
      }
    }
    return new DamageCurve(point(allocator.allocate(profiles, chosen)), points);
  }

  /** That of one budget alone. */
  static DamageCurve at(BudgetAllocator allocator, List<ProjectionProfile> profiles, long bits)
      throws UsageException {
    return new DamageCurve(point(allocator.allocate(profiles, bits)), List.of());
  }

  private static Point point(Allocation allocation) {
    double rise =
        allocation.decisions().stream()
            .mapToDouble(each -> each.option().error(ErrorMeasure.LOSS_RISE))
            .sum();
    return new Point(allocation.bits(), rise);
  }
}
