package io.compot.gguf;

import io.compot.gguf.block.BlockType;
import java.util.List;

/**
 * What a GGUF header says of one tensor.
 *
 * @param shape dimensions, slowest first: [out, in] for a projection. Files list them in reverse
 * @param bytes bytes of its data
 */
public record GgufTensor(String name, BlockType type, List<Long> shape, long bytes) {

  public GgufTensor {
    shape = List.copyOf(shape);
  }

  /**
   * A tensor of a shape that is known to be sound.
   *
   * @throws IllegalArgumentException where a row is no whole number of blocks
   */
  public static GgufTensor of(String name, BlockType type, List<Long> shape) {
    if (shape.isEmpty() || shape.getLast() % type.elements() != 0) {
      throw new IllegalArgumentException(name + ": " + shape + " is no shape for " + type);
    }
    long elements = shape.stream().reduce(1L, Math::multiplyExact);
    return new GgufTensor(name, type, shape, type.bytes(elements).orElseThrow());
  }

  /** Number of weights. */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** Number of rows: runs of weights along the last dimension. */
  public long rows() {
    return elements() / columns();
  }

  /** Weights in a row. */
  public long columns() {
    return shape.getLast();
  }

  /** Bytes of a row. */
  public long rowBytes() {
    return bytes / rows();
  }
}
