package io.compot.method.lowrank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.linalg_svd;

import io.compot.form.LowRankForm;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.LowRankCodec;
import io.compot.method.LayerProblem;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import io.compot.testing.Matrices;
import io.compot.testing.PublishedFormulas;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DobiSvdMethodTest {

  /** PCA of outputs that are all there at once, of keys and values as narrow as grouped ones. */
  @ParameterizedTest
  @CsvSource({"20, 12, 5", "12, 20, 7", "4, 20, 3", "4, 20, 4"})
  void projectsOntoThePrincipalDirectionsOfTheOutputs(long out, long in, long rank)
      throws Exception {
    try (var _ = TensorScope.open()) {
      Tensor weight = Matrices.gaussian(out, in, 3);
      Tensor inputs = Matrices.gaussian(60, in, 4).mm(Matrices.gaussian(in, in, 5));
      Tensor outputs = inputs.mm(weight.t());
      Tensor axes = linalg_svd(outputs).get2().narrow(0, 0, rank); // [rank, out]
      Tensor expected = axes.t().mm(axes).mm(weight);
      try (var whitening = Whitening.of(inputs.t().mm(inputs), "p");
          var made =
              new DobiSvdMethod()
                  .factorise(
                      new LayerProblem("p", weight, whitening, Dtype.F64, 1),
                      LowRankForm.plain(rank, Dtype.F64))) {
        Tensor found = Codecs.dense(made.factors(), Dtype.F64);
        assertThat(found.sub(expected).abs().amax().item_double())
            .isLessThan(1e-9 * weight.norm().item_double());
        double lost = outputs.sub(inputs.mm(expected.t())).norm().item_double();
        assertThat(made.whitenedError().orElseThrow())
            .isCloseTo(lost / outputs.norm().item_double(), within(1e-9));
        // What comes in between is the outputs along these directions, but for powers of two.
        Tensor left = made.factors().part(LowRankCodec.LEFT);
        Tensor lengths = left.square().sum(0).sqrt().log2();
        assertThat(lengths.sub(lengths.round()).abs().amax().item_double()).isLessThan(1e-9);
      }
    }
  }

  /** The published incremental PCA loses a little more: it forgets some of each batch. */
  @ParameterizedTest
  @ValueSource(ints = {4, 10, 16, 20})
  void losesNoMoreThanTheIncrementalOne(int rank) throws Exception {
    double published =
        PublishedFormulas.of("dobi-svd").path(Integer.toString(rank)).asDouble(Double.NaN);
    try (var _ = TensorScope.open()) {
      Tensor weight = Matrices.tensor(PublishedFormulas.waves(40, 24, 3));
      Tensor inputs = Matrices.tensor(PublishedFormulas.tokens(400, 24, 4));
      try (var whitening = Whitening.of(inputs.t().mm(inputs), "p");
          var made =
              new DobiSvdMethod()
                  .factorise(
                      new LayerProblem("p", weight, whitening, Dtype.F64, 1),
                      LowRankForm.plain(rank, Dtype.F64))) {
        Tensor off = weight.sub(Codecs.dense(made.factors(), Dtype.F64));
        double lost = inputs.mm(off.t()).norm().item_double();
        assertThat(lost / inputs.mm(weight.t()).norm().item_double())
            .isBetween(0.99 * published, published);
      }
    }
  }
}
