package io.compot.pipeline.pass;

import io.compot.allocation.option.Spectrum;
import io.compot.form.LowRankSize;
import io.compot.form.SparseSize;
import io.compot.method.ExpectedError;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What a profile is made of, as files of a work folder hold it: to the last bit. */
final class StoredProfile {

  private StoredProfile() {}

  /** Singular values, largest first. */
  record Values(List<Double> values) {

    static Values of(Spectrum spectrum) {
      return new Values(IntStream.range(0, spectrum.size()).mapToObj(spectrum::value).toList());
    }

    Spectrum spectrum() {
      return Spectrum.of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }
  }

  /** Expected errors by size. */
  record Errors(List<Point> points) {

    /** One of them: k and s, or rank. */
    record Point(
        @Nullable Long k,
        @Nullable Long s,
        @Nullable Long rank,
        @Nullable Double whitened,
        double weight) {

      static Point of(ExpectedError error) {
        Double whitened = error.whitened().isPresent() ? error.whitened().getAsDouble() : null;
        return switch (error.size()) {
          case SparseSize(long k, long s) -> new Point(k, s, null, whitened, error.weight());
          case LowRankSize(long rank) -> new Point(null, null, rank, whitened, error.weight());
        };
      }

      ExpectedError error() {
        var size =
            k != null && s != null
                ? new SparseSize(k, s)
                : new LowRankSize(Objects.requireNonNull(rank));
        var error = whitened == null ? OptionalDouble.empty() : OptionalDouble.of(whitened);
        return new ExpectedError(size, error, weight);
      }
    }

    static Errors of(List<ExpectedError> errors) {
      return new Errors(errors.stream().map(Point::of).toList());
    }

    List<ExpectedError> list() {
      return points.stream().map(Point::error).toList();
    }
  }
}
