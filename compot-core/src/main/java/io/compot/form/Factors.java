package io.compot.form;

import io.compot.tensor.Dtype;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * What a compression method puts in place of a weight of torch layout [out, in]. The tensors are
 * owned by whoever holds the factors and freed by {@link #close()}.
 */
public sealed interface Factors extends AutoCloseable permits SparseFactors, LowRankFactors {

  /** The stored element type of the factors. */
  Dtype dtype();

  /** Exact bits on disk: dictionary and values at their width, mask rows padded to whole bytes. */
  long bits();

  /** {@link #bits()} by what they hold, in the order of the file; the names are those on disk. */
  Map<String, Long> bitsByPart();

  /**
   * The dense weight [out, in] they stand for, in the given type; a new tensor in the caller's
   * scope.
   */
  Tensor dense(Dtype computation);

  @Override
  void close();
}
