package io.compot.pipeline.pass;

import io.compot.allocation.option.Spectrum;
import io.compot.error.CompotException;
import io.compot.method.CompressionMethod;
import io.compot.method.ExpectedError;
import io.compot.method.LayerProblem;
import io.compot.plan.LayerTask;
import io.compot.tensor.Dtype;
import io.compot.tensor.SingularValues;
import io.compot.tensor.Whitening;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * What an allocation may ask of one projection, computed.
 *
 * @param weight [out, in]
 * @param whitening of its input; null without calibration
 * @param unit of that
 */
record ProjectionFacts(String name, Tensor weight, @Nullable Whitening whitening, double unit) {

  /**
   * What a method expects of itself.
   *
   * @param stored type of factors
   * @param seed of the whole work
   */
  List<ExpectedError> errors(CompressionMethod method, Dtype stored, long seed)
      throws CompotException {
    return method.expect(
        new LayerProblem(name, weight, whitening, stored, LayerTask.seed(seed, name)));
  }

  Spectrum weightSpectrum() {
    return Spectrum.of(SingularValues.of(weight.to(ScalarType.Double)));
  }

  Spectrum whitenedSpectrum() {
    double[] values = SingularValues.of(Objects.requireNonNull(whitening).whiten(weight));
    return Spectrum.of(Arrays.stream(values).map(value -> value * unit).toArray());
  }
}
