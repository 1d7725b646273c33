package io.compot.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.ones;

import org.junit.jupiter.api.Test;

class SingleBlasThreadTest {

  @Test
  @SuppressWarnings("try") // closing by hand, and twice, is what is tested
  void putsBackWhatItFound() {
    try (var _ = TensorScope.open()) {
      // Products load the library.
      assertThat(ones(8, 8).mm(ones(8, 8)).sum().item_double()).isEqualTo(512);
    }
    int found = SingleBlasThread.threads();
    // Tests run with one thread, of which nothing could be told.
    SingleBlasThread.set(2);
    int before = SingleBlasThread.threads();
    assertThat(before).isEqualTo(2);
    var outer = SingleBlasThread.open();
    assertThat(SingleBlasThread.threads()).isEqualTo(1);
    try (var inner = SingleBlasThread.open()) {
      outer.close();
      outer.close();
      assertThat(SingleBlasThread.threads()).isEqualTo(1);
      inner.close();
      assertThat(SingleBlasThread.threads()).isEqualTo(before);
    }
    assertThat(SingleBlasThread.threads()).isEqualTo(before);
    SingleBlasThread.set(found);
  }
}
