package io.compot.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products against plain loops, of one row, which goes another way, and of several. */
class AffineTest {

  private static final int IN = 37;
  private static final int OUT = 70;

  @ParameterizedTest
  @CsvSource({"1, 1, true", "1, 1, false", "1, 3, true", "2, 3, false"})
  void everyRowIsMultiplied(int batch, int rows, boolean biased) {
    var random = new Random(7);
    float[] x = floats(batch * rows * IN, random);
    float[] weight = floats(OUT * IN, random);
    float[] bias = floats(OUT, random);
    try (var _ = TensorScope.open()) {
      Tensor made =
          Affine.apply(
              Tensor.create(x).view(batch, rows, IN),
              Tensor.create(weight).view(OUT, IN),
              biased ? Tensor.create(bias) : null);
      assertThat(made.shape()).containsExactly(batch, rows, OUT);
      float[] found = NativeMemory.bytes(made.contiguous()).toArray(ValueLayout.JAVA_FLOAT);
      for (int row = 0; row < batch * rows; row++) {
        for (int out = 0; out < OUT; out++) {
          double sum = biased ? bias[out] : 0;
          for (int in = 0; in < IN; in++) {
            sum += (double) x[row * IN + in] * weight[out * IN + in];
          }
          assertThat((double) found[row * OUT + out]).isCloseTo(sum, within(1e-5));
        }
      }
    }
  }

  @Test
  void oneRowOfATransposedTensorIsReadInItsOrder() {
    try (var _ = TensorScope.open()) {
      Tensor both = Tensor.create(floats(2 * IN, new Random(3))).view(IN, 2);
      Tensor second = both.t().narrow(0, 1, 1);
      Tensor weight = Tensor.create(floats(OUT * IN, new Random(4))).view(OUT, IN);
      assertClose(Affine.apply(second, weight, null), Affine.apply(both.t(), weight, null));
    }
  }

  /** The single row against the second of two. */
  private static void assertClose(Tensor one, Tensor two) {
    assertThat(one.sub(two.narrow(0, 1, 1)).abs().max().item_double()).isLessThan(1e-5);
  }

  @Test
  void gradientsFlowThroughOneRow() {
    try (var _ = TensorScope.open()) {
      Tensor x = Tensor.create(floats(IN, new Random(5))).view(1, IN);
      Tensor weight = Tensor.create(floats(OUT * IN, new Random(6))).view(OUT, IN);
      x.set_requires_grad(true);
      Affine.apply(x, weight, null).sum().backward();
      Tensor gradient = x.grad();
      assertThat(gradient.sub(weight.sum(0)).abs().max().item_double()).isLessThan(1e-4);
    }
  }

  private static float[] floats(int count, Random random) {
    float[] all = new float[count];
    for (int i = 0; i < count; i++) {
      all[i] = (float) random.nextGaussian();
    }
    return all;
  }
}
