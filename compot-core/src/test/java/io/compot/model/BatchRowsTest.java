package io.compot.model;

import io.compot.checkpoint.Checkpoint;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class BatchRowsTest {

  /** Batched rows do not see each other. */
  @Test
  void areIndependent() throws Exception {
    Path folder = Path.of(BatchRowsTest.class.getResource("/golden/qwen3").toURI());
    try (var checkpoint = Checkpoint.open(folder);
        var model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32));
        var _ = TensorScope.open()) {
      Tensor tokens = Tensor.create(new long[] {1, 2, 3, 4, 5, 6, 7, 8}).view(2, 4);
      Tensor both = model.logits(tokens);
      Tensor second = model.logits(tokens.narrow(0, 1, 1));
      Golden.assertClose("row", both.narrow(0, 1, 1), second, 1e-4, 0);
    }
  }
}
