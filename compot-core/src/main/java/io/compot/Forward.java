package io.compot;

import io.compot.error.CompotException;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * One forward pass over one sequence, all in F32. Frees its tensors when closed.
 *
 * @param hidden input of block 0, then the output of each block, [T, hidden] each
 * @param logits [T, vocabulary]
 */
@SuppressWarnings("DoNotCallSuggester") // signatures first
public record Forward(List<Tensor> hidden, Tensor logits) implements AutoCloseable {

  public Forward {
    hidden = List.copyOf(hidden);
  }

  /**
   * Writes {@code logits} and {@code hidden.0 … hidden.N} as one safetensors file, which appears
   * whole or not at all.
   *
   * @param force whether an existing file may be replaced
   */
  public void write(Path file, boolean force) throws CompotException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    hidden.forEach(Tensor::close);
    logits.close();
  }
}
