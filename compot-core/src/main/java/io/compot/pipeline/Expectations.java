package io.compot.pipeline;

import io.compot.allocation.option.ProfileFact;
import io.compot.error.CompotException;
import io.compot.method.Need;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import io.compot.pipeline.check.CheckedInputs;
import io.compot.pipeline.check.DiskNeeds;
import io.compot.pipeline.pass.WorkUnits;
import io.compot.pipeline.train.TrainedRanks;
import io.compot.plan.Expectation;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
import java.util.List;
import java.util.Objects;

/** What a compression will take. */
final class Expectations {

  /** What surrounds products takes as long again: measured, 1 to 3 times on small models. */
  private static final double BESIDE_PRODUCTS = 2;

  /** Start, checks, reports. */
  private static final double FIXED_SECONDS = 5;

  /** JVM, libtorch and what they keep; measured on the smallest models. */
  private static final long AT_REST = 400L << 20;

  /**
   * Copies of a Gram matrix in double while its projection is worked on, root and sums included.
   */
  private static final int GRAM_COPIES = 4;

  /** Forward and backward pass, against a forward pass alone. */
  private static final int BACKWARD = 4;

  private Expectations() {}

  /**
   * Of a plan.
   *
   * @param speed operations a second of a product of F32 matrices, as {@link MachineSpeed} measures
   */
  static Expectation of(CheckedInputs job, Plan plan, double speed) throws CompotException {
    var samples = job.samples();
    double factorise = 0;
    double profile = 0;
    long largest = 0;
    for (PlannedProjection each : plan.projections()) {
      if (!each.compressed()) {
        continue;
      }
      factorise +=
          WorkUnits.factorise(each.maker(), each.in(), each.out(), each.form().orElseThrow());
      profile += WorkUnits.profile(each.in(), each.out());
      long gram = samples == null ? 0 : GRAM_COPIES * each.in() * each.in();
      largest = Math.max(largest, (gram + 3 * each.in() * each.out()) * Double.BYTES);
    }
    double forward = 0;
    for (Stack stack : job.architecture().stacks()) {
      List<SharedInput> inputs = stack.projections().toList();
      forward +=
          samples == null || !samples.has(stack)
              ? 0
              : WorkUnits.observe(inputs, samples.of(stack).lengths().total());
    }
    boolean profiled = !job.allocator().needs().isEmpty();
    if (job.allocator().needs().contains(ProfileFact.TRAINED_RATIO)) {
      largest += wholeModel(plan);
    }
    double units = passes(job) * forward + factorise + (profiled ? profile : 0);
    double seconds = FIXED_SECONDS + BESIDE_PRODUCTS * units * 1e6 / speed;
    return new Expectation(seconds, AT_REST + largest, DiskNeeds.of(job).bytes());
  }

  /** Bytes of all projections as two factors of full rank, beside the weights. */
  private static long wholeModel(Plan plan) {
    long numbers = 0;
    for (PlannedProjection each : plan.projections()) {
      numbers += (each.in() + each.out()) * Math.min(each.in(), each.out());
      numbers += each.in() * each.out();
    }
    return numbers * Float.BYTES;
  }

  private static double passes(CheckedInputs job) {
    double passes = job.selection().needs(Need.PREFIX) ? 2 : 1;
    if (job.selection().needs(Need.OUTPUT_METRIC)
        || job.allocator().needs().contains(ProfileFact.LOSS_RISE)) {
      return passes + BACKWARD;
    }
    if (job.allocator().needs().contains(ProfileFact.TRAINED_RATIO)) {
      long tokens =
          Objects.requireNonNull(job.samples()).of(job.architecture().decoder()).lengths().total();
      return passes + BACKWARD * TrainedRanks.rounds(tokens);
    }
    return passes + (job.allocator().needs().contains(ProfileFact.WHITENED_ERROR) ? 1 : 0);
  }
}
