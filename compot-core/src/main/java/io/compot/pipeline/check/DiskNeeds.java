package io.compot.pipeline.check;

import io.compot.allocation.option.ProfileFact;
import io.compot.calibration.GramStore;
import io.compot.calibration.StackFeed;
import io.compot.checkpoint.OutputFolder;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.journal.WorkFolder;
import io.compot.method.Need;
import io.compot.model.Stack;
import io.compot.pipeline.pass.BlockPass;
import io.compot.pipeline.pass.OutputMetrics;
import io.compot.plan.ConsideredProjection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The most bytes that the files of a compression take at one time, Gram matrices between two passes
 * aside; or those of a search.
 *
 * @param states hidden states and gradients
 * @param metrics output metrics of a backward pass, and Gram matrices that a search keeps
 * @param factors in a file each
 * @param output which holds the factors once more; of a search, two
 */
public record DiskNeeds(long states, long metrics, long factors, long output) {

  /**
   * What a job needs.
   *
   * @throws InputException where the files that come along cannot be listed
   */
  public static DiskNeeds of(CheckedInputs job) throws InputException {
    var selection = job.selection();
    long factors = selection.mostFactorBits() / 8;
    long output = selection.mostModelBits() / 8 + smallFiles(job);
    if (job.samples() == null) {
      return new DiskNeeds(0, 0, factors, output);
    }
    // Those before and behind a block lie there together for a moment, of two models if need be.
    long states = statesOf(job) * (selection.needs(Need.PREFIX) ? 4 : 2);
    long metrics = 0;
    if (selection.needs(Need.OUTPUT_METRIC)
        || job.allocator().needs().contains(ProfileFact.LOSS_RISE)) {
      // First those before each block, behind the last and what is looked at, and two gradients
      // each, with the metrics.
      states = Math.max(backward(job), states);
      for (ConsideredProjection each : selection.chosen()) {
        metrics += each.method().needs(Need.OUTPUT_METRIC) ? OutputMetrics.bytes(each.out()) : 0;
      }
    }
    return new DiskNeeds(states, metrics, factors, output);
  }

  /**
   * What a search takes whose models are all of about this size: one stays while the next is made,
   * and the Gram matrices that they share lie there all the time.
   *
   * @throws InputException as {@link #of}
   */
  public static DiskNeeds ofSearch(CheckedInputs job) throws InputException {
    DiskNeeds one = of(job);
    boolean weighed = job.allocator().needs().contains(ProfileFact.LOSS_RISE);
    long grams = 0;
    if (job.samples() != null && !weighed) {
      Set<String> names =
          job.selection().chosen().stream()
              .map(ConsideredProjection::name)
              .collect(Collectors.toSet());
      grams =
          GramStore.bytes(
              new BlockPass(job.architecture(), job.checkpoint(), names, null).inputs());
    }
    return new DiskNeeds(one.states, one.metrics + grams, one.factors, 2 * one.output);
  }

  private static long smallFiles(CheckedInputs job) throws InputException {
    return OutputFolder.smallFiles(job.checkpoint().sideFiles(), job.selection().chosen().size());
  }

  /** Bytes of hidden states at one block boundary of each stack, of a job that calibrates. */
  private static long statesOf(CheckedInputs job) {
    return stacks(job).stream().mapToLong(stack -> statesOf(job, stack)).sum();
  }

  private static List<Stack> stacks(CheckedInputs job) {
    return Objects.requireNonNull(job.samples()).stacks(job.architecture());
  }

  private static long statesOf(CheckedInputs job, Stack stack) {
    var samples = Objects.requireNonNull(job.samples());
    return new StackFeed(stack, samples.of(stack)).shape(job.type()).bytes();
  }

  private static long backward(CheckedInputs job) {
    long more = stacks(job).size() > 1 ? 6 : 3;
    return stacks(job).stream()
        .mapToLong(stack -> (stack.blocks() + more) * statesOf(job, stack))
        .sum();
  }

  public long bytes() {
    return states + metrics + factors + output;
  }

  /** Bytes that are still to be written of what an earlier process has begun. */
  public long left(WorkFolder work) {
    return Math.max(0, bytes() - (work.bytes() - GramStore.bytesIn(work)));
  }

  /**
   * Checks that the disk has room.
   *
   * @throws FailureException saying how much is needed and how much there is
   */
  void require(WorkFolder work) throws FailureException {
    OutputFolder.requireSpace(work.path(), work.target(), left(work));
  }

  /**
   * The same of a job without an output, whose states lie in files only where they are large.
   *
   * @param memory most bytes of states that are held in memory
   */
  static void requireForPlan(CheckedInputs job, long memory, WorkFolder work)
      throws CompotException {
    if (job.samples() != null && statesOf(job) > memory) {
      DiskNeeds needs = of(job);
      OutputFolder.requireSpace(work.path(), work.target(), needs.states() + needs.metrics());
    }
  }
}
