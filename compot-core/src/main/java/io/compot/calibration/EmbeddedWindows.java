package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.model.Architecture;
import io.compot.model.Embedding;
import io.compot.model.WeightLoader;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** The hidden states before the first block. */
final class EmbeddedWindows {

  /** Tokens that go through a block together: enough to keep its products efficient. */
  private static final int BATCH_TOKENS = 2048;

  private EmbeddedWindows() {}

  /**
   * Embeds all windows.
   *
   * @param sinks each takes them all
   * @throws CompotException where the embedding cannot be used or the states cannot be kept
   */
  static void into(
      Architecture architecture,
      WeightLoader loader,
      TokenWindows windows,
      StateStore.Sink... sinks)
      throws CompotException {
    int each = batchSize(windows.length());
    try (Embedding embedding = architecture.embedding(loader)) {
      for (int from = 0; from < windows.count(); from += each) {
        int to = Math.min(from + each, windows.count());
        try (var _ = TensorScope.open()) {
          Tensor embedded = embedding.forward(tokens(windows.windows().subList(from, to)), 0);
          Activations.requireUsable(embedded, () -> "embedding: its output");
          for (StateStore.Sink sink : sinks) {
            sink.add(embedded.to(sink.dtype().scalarType()).contiguous());
          }
        }
      }
    }
  }

  /** [windows, length], I64, in the caller's scope. */
  static Tensor tokens(List<long[]> windows) {
    int length = windows.getFirst().length;
    long[] ids = new long[windows.size() * length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = windows.get(i / length)[i % length];
    }
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_LONG, ids);
      // The clone's memory is libtorch's own, so the arena may go.
      return scope.keep(NativeMemory.tensor(segment, Dtype.I64, windows.size(), length).clone());
    }
  }

  /** Windows of so many tokens that go through a block together. */
  static int batchSize(int length) {
    return Math.max(1, BATCH_TOKENS / length);
  }
}
