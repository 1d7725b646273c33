package io.compot.pipeline.prune;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.form.Form;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import io.compot.recipe.Budget;
import java.util.List;

/**
 * What shapes alone say of a model that parts are to be taken out of.
 *
 * @param ratio fraction of the bits of its blocks' projections that goes at least
 */
record PruningShape(Architecture architecture, ModelSource model, double ratio) {

  /** What a fraction of bits may miss by rounding of the fraction itself. */
  private static final double ROUNDING = 1e-9;

  /**
   * The shape under a budget.
   *
   * @throws UsageException where the budget says something else than what goes of the projections
   */
  static PruningShape of(String method, ModelSource model, Budget budget)
      throws InputException, UsageException {
    Architecture architecture = Architecture.of(model);
    if (architecture.stacks().size() > 1) {
      throw InputException.in(
          model.folder(),
          "it has several stacks of blocks, and %s takes parts out of one".formatted(method),
          "choose another method");
    }
    var whole = new PruningShape(architecture, model, 0);
    double ratio =
        switch (budget) {
          case Budget.Removed(double removed) -> removed;
          case Budget.ByMethod _ -> 0; // nothing has to go
          case Budget.BitsAWeight(double bits) -> 1 - bits * whole.weights() / whole.bits();
          default ->
              throw new UsageException(
                  "%s takes parts out of the blocks; say how much with ratio or bits"
                      .formatted(method));
        };
    if (ratio <= 0 && !(budget instanceof Budget.ByMethod)) {
      throw new UsageException(
          "the projections have %.4g bits a weight; ask for fewer"
              .formatted(whole.bits() / (double) whole.weights()));
    }
    return new PruningShape(architecture, model, ratio);
  }

  Stack stack() {
    return architecture.decoder();
  }

  /** Blocks of average size that hold as many bits as are to go. */
  int blocksFor(double fraction) {
    return (int) Math.ceil(fraction * stack().blocks() - ROUNDING);
  }

  /** Bits of all blocks' projections. */
  long bits() throws InputException {
    long bits = 0;
    for (int block = 0; block < stack().blocks(); block++) {
      bits += bits(block);
    }
    return bits;
  }

  /** Bits of one block's. */
  long bits(int block) throws InputException {
    long bits = 0;
    for (Projection each : projections(block)) {
      bits += bits(model, each);
    }
    return bits;
  }

  /** Bits of one projection, packed or not. */
  static long bits(ModelSource model, Projection projection) throws InputException {
    Form form = model.packed().get(projection.name());
    return form == null
        ? model.info(projection.weightName()).bytes() * Byte.SIZE
        : form.bits(projection.in(), projection.out());
  }

  /** Bits that go at least. */
  long bitsGone() throws InputException {
    return (long) Math.ceil((ratio - ROUNDING) * bits());
  }

  /** Whether as many bits have gone as are asked for. */
  boolean reached(long gone) throws InputException {
    return gone >= (ratio - ROUNDING) * bits();
  }

  private long weights() {
    long weights = 0;
    for (int block = 0; block < stack().blocks(); block++) {
      weights += projections(block).stream().mapToLong(each -> each.in() * each.out()).sum();
    }
    return weights;
  }

  List<Projection> projections(int block) {
    return stack().projections(block).stream()
        .map(SharedInput::projections)
        .flatMap(List::stream)
        .toList();
  }
}
