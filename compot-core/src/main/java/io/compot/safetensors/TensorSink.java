package io.compot.safetensors;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Takes the data of tensors that were declared before, each once, in any order. */
public interface TensorSink {

  /** What was declared under this name; refuses a name that was not. */
  TensorInfo declared(String name);

  /**
   * Writes the data of one tensor.
   *
   * @throws IllegalArgumentException if it was not declared, or with another number of bytes
   * @throws IllegalStateException if it was written before
   * @throws FailureException where the disk fails or is full
   */
  void write(String name, MemorySegment bytes) throws FailureException;

  /**
   * Copies the data of one tensor, a part at a time.
   *
   * @throws IllegalArgumentException if it was declared with another number of bytes
   * @throws CompotException where the source cannot be read or the disk fails or is full
   */
  void copy(String name, WeightSource source) throws CompotException;

  /**
   * Writes a CPU tensor.
   *
   * @throws IllegalArgumentException if it was declared with another type or shape
   */
  @SuppressWarnings("try") // the scope frees what contiguous() may have copied
  default void write(String name, Tensor tensor) throws FailureException {
    TensorInfo declared = declared(name);
    var actual = new TensorInfo(name, Dtype.of(tensor), shape(tensor));
    if (!actual.equals(declared)) {
      throw new IllegalArgumentException(
          name + " was declared as " + declared + ", but comes as " + actual);
    }
    try (var scope = TensorScope.open()) {
      write(name, NativeMemory.bytes(tensor.contiguous()));
    }
  }

  private static List<Long> shape(Tensor tensor) {
    return Arrays.stream(tensor.shape()).boxed().toList();
  }
}
