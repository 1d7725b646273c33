package io.compot.export.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.matmul;

import io.compot.gguf.block.BlockDecoder;
import io.compot.gguf.block.BlockEncoder;
import io.compot.gguf.block.BlockType;
import io.compot.quantise.Feedback;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Feedback makes the error of the outputs smaller than any rounding of single weights does. */
class BlockFeedbackTest {

  private static final int ROWS = 24;
  private static final int COLUMNS = 256;

  @ParameterizedTest
  @EnumSource(
      names = {"Q4_0", "Q4_1", "Q5_0", "IQ4_NL", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS"})
  void outputsSufferLess(BlockType type) throws Exception {
    try (var _ = TensorScope.open()) {
      Tensor weight = Matrices.gaussian(ROWS, COLUMNS, 1).to(ScalarType.Float).contiguous();
      // Inputs that go together, as activations do.
      Tensor inputs = matmul(Matrices.gaussian(600, 40, 2), Matrices.gaussian(40, COLUMNS, 3));
      inputs = inputs.add(Matrices.gaussian(600, COLUMNS, 4));
      Tensor gram = inputs.t().matmul(inputs).to(ScalarType.Double);
      try (Feedback feedback = Feedback.of(gram, Feedback.Order.ACTIVITY, "test")) {
        int[] order = new int[COLUMNS];
        float[] importance = new float[COLUMNS];
        MemorySegment places = NativeMemory.bytes(feedback.order());
        MemorySegment costs = NativeMemory.bytes(feedback.costs());
        for (int k = 0; k < COLUMNS; k++) {
          order[k] = (int) places.getAtIndex(ValueLayout.JAVA_LONG, k);
          importance[order[k]] = (float) costs.getAtIndex(ValueLayout.JAVA_DOUBLE, k);
        }
        byte[] fed = BlockFeedback.round(type, weight, importance, order, feedback.upper());
        float[] values = NativeMemory.bytes(weight).toArray(ValueLayout.JAVA_FLOAT);
        byte[] plain = new byte[fed.length];
        BlockEncoder.fitted(type).encode(values, 0, null, 0, plain, 0, values.length);
        assertThat(error(type, fed, weight, gram))
            .isLessThan(0.8 * error(type, plain, weight, gram));
      }
    }
  }

  /** tr(E G Eᵀ). */
  private static double error(BlockType type, byte[] blocks, Tensor weight, Tensor gram) {
    float[] decoded = new float[ROWS * COLUMNS];
    new BlockDecoder(type).decode(blocks, 0, decoded, 0, decoded.length);
    Tensor rounded = NativeMemory.empty(Dtype.F32, ROWS, COLUMNS);
    MemorySegment.copy(
        decoded, 0, NativeMemory.bytes(rounded), ValueLayout.JAVA_FLOAT, 0, decoded.length);
    Tensor errors = weight.sub(rounded).to(ScalarType.Double);
    return errors.matmul(gram).mul(errors).sum().item_double();
  }
}
