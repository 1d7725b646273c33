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

/**
 * A projection as it is considered before the budget is split, with what it takes of it.
 *
 * @param projection of the model
 * @param dtype stored type of the weight
 * @param stored type of factors
 * @param bits of the dense weight
 * @param method that makes its factors
 * @param share what it takes of the budget
 */
public record ConsideredProjection(
    Projection projection,
    Dtype dtype,
    Dtype stored,
    long bits,
    CompressionMethod method,
    Share share) {

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

  /** Whether it is to become smaller. */
  boolean chosen() {
    return !(share instanceof Share.Excluded);
  }

  /** The same with another method. */
  public ConsideredProjection by(CompressionMethod other) {
    return new ConsideredProjection(projection, dtype, stored, bits, other, share);
  }

  /** Whether it shares the budget. */
  public boolean free() {
    return share instanceof Share.OfBudget;
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

  /** The most bits that a ratio of its own leaves. */
  long most(Share.OfItsOwn own) {
    return (long) Math.floor((1 - own.ratio()) * bits);
  }

  /**
   * What a ratio of its own makes of it.
   *
   * @throws UsageException where no factors are that small
   */
  Allocation.Decision decide(Share.OfItsOwn own) throws UsageException {
    var option = options(Map.of()).within(most(own));
    if (option.isEmpty()) {
      throw new UsageException(
          "%s: no factors of method %s are as small as its own ratio %s asks; choose a smaller ratio or skip it"
              .formatted(name(), method.name(), own.ratio()));
    }
    return new Allocation.Decision(name(), option.get(), bits, "ratio of its own");
  }
}
