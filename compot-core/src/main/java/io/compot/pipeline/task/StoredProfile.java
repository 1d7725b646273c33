package io.compot.pipeline.task;

import io.compot.allocation.option.Spectrum;
import io.compot.form.Form;
import io.compot.form.codec.FormJson;
import io.compot.method.ExpectedError;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonSerialize;

/** What a profile is made of, as files of a work folder hold it: to the last bit. */
public final class StoredProfile {

  private StoredProfile() {}

  /** Singular values, largest first. */
  public record Values(List<Double> values) {

    public static Values of(Spectrum spectrum) {
      return new Values(IntStream.range(0, spectrum.size()).mapToObj(spectrum::value).toList());
    }

    public Spectrum spectrum() {
      return Spectrum.of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }
  }

  /** Expected errors by size. */
  public record Errors(List<Point> points) {

    /** One of them. */
    public record Point(
        @JsonSerialize(using = FormJson.Serializer.class)
            @JsonDeserialize(using = FormJson.Deserializer.class)
            Form size,
        @Nullable Double whitened,
        double weight) {

      static Point of(ExpectedError error) {
        Double whitened = error.whitened().isPresent() ? error.whitened().getAsDouble() : null;
        return new Point(error.size(), whitened, error.weight());
      }

      ExpectedError error() {
        var error = whitened == null ? OptionalDouble.empty() : OptionalDouble.of(whitened);
        return new ExpectedError(size, error, weight);
      }
    }

    public static Errors of(List<ExpectedError> errors) {
      return new Errors(errors.stream().map(Point::of).toList());
    }

    public List<ExpectedError> list() {
      return points.stream().map(Point::error).toList();
    }
  }
}
