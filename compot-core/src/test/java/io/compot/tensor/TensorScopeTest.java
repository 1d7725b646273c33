package io.compot.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.ones;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class TensorScopeTest {

  @Test
  void tensorsDieWithTheirScopeUnlessHandedOn() {
    Tensor dies;
    Tensor kept;
    Tensor owned;
    try (var outer = TensorScope.open()) {
      try (var inner = TensorScope.open()) {
        dies = ones(2, 2);
        kept = inner.keep(ones(2, 2));
        owned = inner.own(ones(2, 2));
      }
      assertThat(dies.isNull()).isTrue();
      assertThat(kept.isNull()).isFalse();
      assertThat(outer).isNotNull();
    }
    assertThat(kept.isNull()).isTrue();
    assertThat(owned.isNull()).isFalse();
    owned.close();
    assertThat(owned.isNull()).isTrue();
  }
}
