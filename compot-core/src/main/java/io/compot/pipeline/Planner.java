package io.compot.pipeline;

import io.compot.checkpoint.TensorInfo;
import io.compot.checkpoint.WeightSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.factor.FactorSize;
import io.compot.method.CompressionMethod;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Splits a budget evenly: the same ratio for every chosen projection (COMPOT's static variant). */
final class Planner {

  private final Architecture architecture;
  private final WeightSource weights;

  Planner(Architecture architecture, WeightSource weights) {
    this.architecture = architecture;
    this.weights = weights;
  }

  /**
   * What to do with each projection.
   *
   * @throws UsageException where a pattern matches nothing or nothing is left to compress
   * @throws InputException where a weight is missing
   */
  Plan plan(CompressionMethod method, CompressionSettings settings) throws CompotException {
    var include = new NamePatterns(settings.include());
    var exclude = new NamePatterns(settings.exclude());
    List<String> names = names();
    include.requireUse("include", names);
    exclude.requireUse("exclude", names);
    var planned = new ArrayList<PlannedProjection>();
    for (int block = 0; block < architecture.layers(); block++) {
      for (SharedInput input : architecture.projections(block)) {
        for (Projection projection : input.projections()) {
          String name = projection.name();
          String reason = "";
          if (exclude.matches(name)) {
            reason = "excluded";
          } else if (!include.isEmpty() && !include.matches(name)) {
            reason = "not included";
          }
          planned.add(plan(block, projection, reason, method, settings.ratio()));
        }
      }
    }
    if (planned.stream().noneMatch(PlannedProjection::compressed)) {
      throw new UsageException(
          "no projection would get smaller at ratio %s; include more, or change the ratio"
              .formatted(settings.ratio()));
    }
    return plan(method, settings.ratio(), planned);
  }

  private PlannedProjection plan(
      int block, Projection projection, String reason, CompressionMethod method, double ratio)
      throws InputException {
    TensorInfo info = weights.info(projection.name() + ".weight");
    // Factors keep the weight's type; nobody needs them in double.
    Dtype stored = info.dtype() == Dtype.F64 ? Dtype.F32 : info.dtype();
    long before = info.bytes() * 8;
    Optional<FactorSize> size =
        reason.isEmpty()
            ? method.size(projection.in(), projection.out(), stored.bits(), ratio)
            : Optional.empty();
    boolean unprofitable = reason.isEmpty() && size.isEmpty();
    return new PlannedProjection(
        projection.name(),
        block,
        projection.in(),
        projection.out(),
        info.dtype(),
        stored,
        size,
        before,
        size.map(s -> s.bits(projection.in(), projection.out(), stored.bits())).orElse(before),
        unprofitable ? "no factors fit into the ratio" : reason);
  }

  private Plan plan(CompressionMethod method, double ratio, List<PlannedProjection> planned)
      throws InputException {
    long before = 0;
    long after = 0;
    for (PlannedProjection projection : planned) {
      if (projection.compressed()) {
        before += projection.bitsBefore();
        after += projection.bitsAfter();
      }
    }
    long whole = 0;
    for (String name : weights.names()) {
      whole += weights.info(name).bytes() * 8;
    }
    return new Plan(
        method.name(),
        ratio,
        planned,
        new BitCount(before, after),
        new BitCount(whole, whole - before + after));
  }

  private List<String> names() {
    var names = new ArrayList<String>();
    for (int block = 0; block < architecture.layers(); block++) {
      for (SharedInput input : architecture.projections(block)) {
        input.projections().forEach(projection -> names.add(projection.name()));
      }
    }
    return names;
  }
}
