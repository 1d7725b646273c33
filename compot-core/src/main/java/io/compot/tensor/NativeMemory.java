package io.compot.tensor;

import static org.bytedeco.pytorch.global.torch.from_blob;

import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Between memory segments and libtorch tensors, without copying. */
public final class NativeMemory {

  private NativeMemory() {}

  /**
   * A tensor over a native segment, without a copy. The segment must outlive the tensor.
   *
   * @throws IllegalArgumentException if the segment's size is not that of the shape
   */
  public static Tensor tensor(MemorySegment segment, Dtype dtype, long... shape) {
    long elements = 1;
    for (long dimension : shape) {
      elements = Math.multiplyExact(elements, dimension);
    }
    if (segment.byteSize() != Math.multiplyExact(elements, (long) dtype.bytes())) {
      throw new IllegalArgumentException(
          "a segment of %d bytes is not a %s tensor of %d elements"
              .formatted(segment.byteSize(), dtype, elements));
    }
    var options = new TensorOptions(dtype.scalarType());
    return from_blob(new Address(segment.address()), shape, options);
  }

  /** A tensor whose elements are not set yet, in the caller's scope. */
  public static Tensor empty(Dtype dtype, long... shape) {
    try (var scope = TensorScope.open()) {
      var options = new TensorOptions(dtype.scalarType());
      return scope.keep(torch.empty(shape, options, new MemoryFormatOptional()));
    }
  }

  /** The bytes of a contiguous CPU tensor; valid only while the tensor lives. */
  public static MemorySegment bytes(Tensor tensor) {
    if (!tensor.is_contiguous() || tensor.is_cuda()) {
      throw new IllegalArgumentException("only a contiguous CPU tensor has its bytes in one place");
    }
    return MemorySegment.ofAddress(tensor.data_ptr().address())
        .reinterpret(tensor.numel() * tensor.element_size());
  }

  /** A raw address as JavaCPP wants it; owns nothing. */
  private static final class Address extends Pointer {
    Address(long address) {
      this.address = address;
    }
  }
}
