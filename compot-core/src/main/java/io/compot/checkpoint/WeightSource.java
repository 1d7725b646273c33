package io.compot.checkpoint;

import io.compot.error.InputException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** Named tensors on disk, mapped: nothing is read before it is used. */
public interface WeightSource {

  /** All tensor names, in sorted order. */
  Set<String> names();

  /** Whether there is a tensor of this name. */
  default boolean has(String name) {
    return names().contains(name);
  }

  /**
   * Type and shape of a tensor.
   *
   * @throws InputException naming the file and the tensor where it is missing
   */
  TensorInfo info(String name) throws InputException;

  /** The file that holds a tensor, for messages. */
  Path file(String name) throws InputException;

  /** The tensor's mapped bytes, read-only, valid while this source is open. */
  MemorySegment bytes(String name) throws InputException;

  /**
   * The tensor over its mapped bytes, without a copy, in its stored type; belongs to the caller's
   * scope and must not be written to.
   */
  Tensor tensor(String name) throws InputException;

  /**
   * Checks every number of a tensor.
   *
   * @throws InputException naming the file, the tensor and its first NaN or Inf
   */
  default void requireFinite(String name) throws InputException {
    TensorInfo info = info(name);
    long first = NonFinite.first(bytes(name), info.dtype());
    if (first >= 0) {
      throw InputException.in(
          file(name),
          "tensor " + Quoted.of(name),
          "the element at " + info.indexOf(first) + " is NaN or infinite",
          "the weights are damaged: use an intact checkpoint");
    }
  }
}
