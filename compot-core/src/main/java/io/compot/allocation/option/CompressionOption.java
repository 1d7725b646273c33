package io.compot.allocation.option;

import io.compot.form.Form;
import io.compot.method.CompressionMethod;
import io.compot.method.Offer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * One way to store a projection. Allocators read bits and errors alone; label and size are for
 * whoever made the option and carries it out.
 *
 * @param label names the method and its settings, e.g. "compot k/s 1.5"
 * @param size of the factors; empty for the dense weight and for what has no factors
 * @param bits exact bits on disk, at least 1
 * @param errors expected errors, finite and not negative; empty where none was estimated
 * @param maker method that carries it out; empty where there is but one
 */
public record CompressionOption(
    String label,
    Optional<Form> size,
    long bits,
    Map<ErrorMeasure, Double> errors,
    Optional<CompressionMethod> maker) {

  /** The label of the option that leaves a projection as it is. */
  public static final String DENSE = "dense";

  public CompressionOption {
    errors = Map.copyOf(errors);
    if (bits < 1) {
      throw new IllegalArgumentException(label + ": an option of " + bits + " bits");
    }
    errors.forEach((measure, error) -> {
      if (!Double.isFinite(error) || error < 0) {
        throw new IllegalArgumentException(label + ": expected " + measure + " error " + error);
      }
    });
  }

  /** An option of the one method that there is. */
  public CompressionOption(
      String label, Optional<Form> size, long bits, Map<ErrorMeasure, Double> errors) {
    this(label, size, bits, errors, Optional.empty());
  }

  /** What a method offers for a weight. */
  public static CompressionOption of(Offer offer, long in, long out) {
    return new CompressionOption(
        offer.label(),
        Optional.of(offer.form()),
        offer.form().bits(in, out),
        Map.of(ErrorMeasure.LOSS_RISE, offer.rise()),
        Optional.of(offer.maker()));
  }

  /** An option whose error nobody estimated. */
  public static CompressionOption of(String label, Form size, long bits) {
    return new CompressionOption(label, Optional.of(size), bits, Map.of());
  }

  /** The weight as it is, without any error. */
  public static CompressionOption dense(long bits) {
    Map<ErrorMeasure, Double> none = new EnumMap<>(ErrorMeasure.class);
    for (ErrorMeasure measure : ErrorMeasure.values()) {
      none.put(measure, 0.0);
    }
    return new CompressionOption(DENSE, Optional.empty(), bits, none);
  }

  /** Whether it leaves the projection as it is. */
  public boolean isDense() {
    return label.equals(DENSE);
  }

  /** The expected error; an {@link IllegalArgumentException} where it was not estimated. */
  public double error(ErrorMeasure measure) {
    Double error = errors.get(measure);
    if (error == null) {
      throw new IllegalArgumentException(
          "option '%s' of %d bits lacks the %s error that this allocation reads"
              .formatted(label, bits, measure));
    }
    return error;
  }
}
