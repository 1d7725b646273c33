package io.compot.pipeline;

import io.compot.tensor.TensorScope;
import java.util.Arrays;
import org.bytedeco.pytorch.global.torch;

/** How fast this machine multiplies matrices now, beside whatever else it does. */
final class MachineSpeed {

  private static final int SIDE = 768;
  private static final int ROUNDS = 15;

  private MachineSpeed() {}

  /**
   * Operations a second of products of F32 matrices, the median of a few; takes tenths of a second.
   */
  static double measure() {
    try (var _ = TensorScope.open()) {
      var a = torch.ones(SIDE, SIDE);
      var seconds = new double[ROUNDS];
      for (int i = 0; i < ROUNDS; i++) {
        long start = System.nanoTime();
        a.mm(a);
        seconds[i] = (System.nanoTime() - start) / 1e9;
      }
      Arrays.sort(seconds);
      return 2.0 * SIDE * SIDE * SIDE / seconds[ROUNDS / 2];
    }
  }
}
