package io.compot.allocation.option;

import io.compot.form.Form;
import io.compot.method.ErrorCurve;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A method that has a size for every ratio, such as COMPOT at a fixed k/s or truncated SVD.
 *
 * @param label names the method and its settings
 * @param in input features
 * @param out output features
 * @param width bits a stored number
 * @param sizes the method's rule
 * @param curves expected errors over bits; bits below a curve's first point are not offered
 */
public record RatioOptions(
    String label,
    long in,
    long out,
    int width,
    SizeRule sizes,
    Map<ErrorMeasure, ErrorCurve> curves)
    implements OptionSource {

  private static final int STEPS = 200;

  /** The largest size that removes at least a given fraction of the dense bits. */
  @FunctionalInterface
  public interface SizeRule {

    /**
     * The size of the factors.
     *
     * @param ratio fraction of in·out·width bits to remove, in (0, 1)
     * @return empty where no factors fit
     */
    Optional<? extends Form> within(double ratio);
  }

  public RatioOptions {
    curves = Map.copyOf(curves);
  }

  /** Sizes without expected errors. */
  public RatioOptions(String label, long in, long out, int width, SizeRule sizes) {
    this(label, in, out, width, sizes, Map.of());
  }

  /** The sizes at 0.5 %, 1 %, … 99.5 % of the dense bits, each once. */
  @Override
  public List<CompressionOption> options() {
    List<CompressionOption> options = new ArrayList<>();
    for (int step = 1; step < STEPS; step++) {
      within(dense() * step / STEPS)
          .filter(o -> options.isEmpty() || options.getLast().bits() < o.bits())
          .ifPresent(options::add);
    }
    return options;
  }

  @Override
  public Optional<CompressionOption> within(long bits) {
    long limit = Math.min(bits, dense() - 1);
    if (limit < 1) {
      return Optional.empty();
    }
    // Half a bit more, so that rounding the ratio never loses the last bit of the limit.
    return sizes
        .within(1 - (limit + 0.5) / dense())
        .filter(size -> size.bits(in, out) <= limit)
        .flatMap(this::option);
  }

  private Optional<CompressionOption> option(Form size) {
    long bits = size.bits(in, out);
    Map<ErrorMeasure, Double> errors = new EnumMap<>(ErrorMeasure.class);
    for (var curve : curves.entrySet()) {
      var error = curve.getValue().at(bits);
      if (error.isEmpty()) {
        return Optional.empty();
      }
      errors.put(curve.getKey(), error.getAsDouble());
    }
    return Optional.of(new CompressionOption(label, Optional.of(size), bits, errors));
  }

  private long dense() {
    return in * out * width;
  }
}
