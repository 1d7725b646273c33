package io.compot.quantise;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RotationTest {

  private final TensorScope scope = TensorScope.open();

  @AfterEach
  void close() {
    scope.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 7, 64, 96, 128, 576, 1408})
  void isOrthogonalAndSpreadsEveryDirection(long size) {
    var rotation = new Rotation(size, 5);
    Tensor unit = torch.eye(size, new TensorOptions(ScalarType.Double));
    Tensor turned = rotation.apply(unit);
    Tensor product = turned.mm(turned.t());
    assertThat(product.sub(unit).abs().amax().item_double()).isLessThan(1e-12);
    double largest = turned.abs().amax().item_double();
    assertThat(largest).isLessThanOrEqualTo(Math.sqrt(2.0 / size) * 1.0001);
    Tensor other = new Rotation(size, 6).apply(unit);
    assertThat(size < 8 || !torch.equal(turned, other)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {7, 128, 192})
  void undoAndCongruenceFit(long size) {
    var rotation = new Rotation(size, 9);
    Tensor rows = Matrices.gaussian(5, size, 1);
    Tensor back = rotation.undo(rotation.apply(rows));
    assertThat(back.sub(rows).abs().amax().item_double()).isLessThan(1e-12);
    Tensor gram = Matrices.gram(size, 2 * size, 2);
    // vᵀGv is the same for the turned v and the turned G.
    Tensor turned = rotation.apply(rows);
    Tensor before = rows.mm(gram).mul(rows).sum(1);
    Tensor after = turned.mm(rotation.congruent(gram)).mul(turned).sum(1);
    Tensor off = after.div(before).sub_(new Scalar(1.0)).abs();
    assertThat(off.amax().item_double()).isLessThan(1e-10);
    assertThat(Dtype.of(rotation.apply(rows.to(ScalarType.Float)))).isEqualTo(Dtype.F32);
  }
}
