package io.compot.safetensors;

import io.compot.tensor.Dtype;
import java.util.ArrayDeque;
import java.util.List;

/**
 * What a safetensors header says of one tensor.
 *
 * @param shape dimensions, row-major; empty for a scalar
 */
public record TensorInfo(String name, Dtype dtype, List<Long> shape) {

  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /** Number of elements. */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Bytes of its data. */
  public long bytes() {
    return Math.multiplyExact(elements(), (long) dtype.bytes());
  }

  /** The index in each dimension of the element at a flat position. */
  List<Long> indexOf(long position) {
    var index = new ArrayDeque<Long>();
    long rest = position;
    for (long dimension : shape.reversed()) {
      index.addFirst(rest % dimension);
      rest /= dimension;
    }
    return List.copyOf(index);
  }
}
