package io.compot.plan;

import io.compot.allocation.Allocation;
import io.compot.allocation.ProjectionProfile;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.OptionSource;
import io.compot.allocation.option.RatioOptions;
import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import io.compot.method.ErrorCurve;
import io.compot.model.Projection;
import io.compot.tensor.Dtype;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A projection that shares the budget, has a ratio of its own, or stays dense.
 *
 * @param projection of the model
 * @param dtype stored type of the weight
 * @param stored type of factors
 * @param bits of the dense weight
 * @param keptOut why it stays dense whatever the budget; empty where it does not
 * @param method that makes its factors
 * @param fixedRatio fraction of its bits to remove, whatever the others; empty where it shares the
 *     budget
 */
public record Candidate(
    Projection projection,
    Dtype dtype,
    Dtype stored,
    long bits,
    String keptOut,
    CompressionMethod method,
    OptionalDouble fixedRatio) {

  /** Checkpoint name without {@code .weight}. */
  public String name() {
    return projection.name();
  }

  /** Index of its block. */
  public int block() {
    return projection.block();
  }

  /** Input features. */
  public long in() {
    return projection.in();
  }

  /** Output features. */
  public long out() {
    return projection.out();
  }

  boolean chosen() {
    return keptOut.isEmpty();
  }

  /** The same with another method. */
  public Candidate by(CompressionMethod other) {
    return new Candidate(projection, dtype, stored, bits, keptOut, other, fixedRatio);
  }

  /** Whether it shares the budget. */
  public boolean free() {
    return chosen() && fixedRatio.isEmpty();
  }

  /** What shapes alone say to an allocator. */
  public ProjectionProfile profile() {
    return profile(options(Map.of()));
  }

  /** The same with these options. */
  public ProjectionProfile profile(OptionSource source) {
    return ProjectionProfile.of(name(), in(), out(), block(), bits, source)
        .at(projection.kind(), projection.input());
  }

  /** The sizes that its method could give it, with what is known of their errors. */
  public RatioOptions options(Map<ErrorMeasure, ErrorCurve> curves) {
    RatioOptions.SizeRule sizes = ratio -> method.size(in(), out(), stored, ratio);
    return new RatioOptions(method.name(), in(), out(), stored.bits(), sizes, curves);
  }

  /** Weights of it. */
  long weights() {
    return in() * out();
  }

  /** The fewest bits that its method can make of it, or its own where it makes nothing of it. */
  long smallestBits() {
    return method.forms(in(), out(), stored).stream()
        .mapToLong(form -> form.bits(in(), out()))
        .min()
        .orElse(bits);
  }

  /** The most bits that its own ratio leaves. */
  long fixedBits() {
    return (long) Math.floor((1 - fixedRatio.orElseThrow()) * bits);
  }

  /**
   * What its own ratio makes of it.
   *
   * @throws UsageException where no factors are that small
   */
  Allocation.Decision fixed() throws UsageException {
    var option = options(Map.of()).within(fixedBits());
    if (option.isEmpty()) {
      throw new UsageException(
          "%s: no factors of method %s are as small as its own ratio %s asks; choose a smaller ratio or skip it"
              .formatted(name(), method.name(), fixedRatio.orElseThrow()));
    }
    return new Allocation.Decision(name(), option.get(), bits, "ratio of its own");
  }
}
