package io.compot.calibration;

import io.compot.error.FailureException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The hidden states of all calibration samples between two blocks, [length, hidden] each: made
 * once, batch by batch, and read as often as needed. In memory, or in a file that is read and not
 * mapped, so that a file that shrinks is an error and no signal, and memory holds one batch.
 */
public final class HiddenStates implements AutoCloseable {

  private static final long ALIGNMENT = 64;

  private final Shape shape;
  private final @Nullable Arena arena;
  private final @Nullable MemorySegment memory;
  private final @Nullable RawFile file;

  private HiddenStates(
      Shape shape, @Nullable Arena arena, @Nullable MemorySegment memory, @Nullable RawFile file) {
    this.shape = shape;
    this.arena = arena;
    this.memory = memory;
    this.file = file;
  }

  /**
   * How many there are.
   *
   * @param lengths states of each sample
   * @param hidden numbers a state
   * @param dtype of a number
   */
  public record Shape(Lengths lengths, long hidden, Dtype dtype) {

    /** Bytes of all of them. */
    public long bytes() {
      return Math.multiplyExact(Math.multiplyExact(lengths.total(), hidden), (long) dtype.bytes());
    }

    private long offset(int sample) {
      return lengths.before(sample) * hidden * dtype.bytes();
    }
  }

  /** States in memory, all zero. */
  static HiddenStates inMemory(Shape shape) {
    Arena arena = Arena.ofShared();
    return new HiddenStates(shape, arena, arena.allocate(shape.bytes(), ALIGNMENT), null);
  }

  /**
   * States in a file that holds nothing else.
   *
   * @throws FailureException where the file cannot be read or has another size
   */
  public static HiddenStates in(Path file, Shape shape) throws FailureException {
    return new HiddenStates(shape, null, null, RawFile.open(file, shape.bytes(), "hidden states"));
  }

  Shape shape() {
    return shape;
  }

  /** Number of samples. */
  public int samples() {
    return shape.lengths().count();
  }

  /** States of each sample. */
  public Lengths lengths() {
    return shape.lengths();
  }

  /**
   * Some samples' states, not to be written to.
   *
   * @param from first of several that have as many states
   * @return [to − from, length, hidden] in the caller's scope
   * @throws FailureException where their file cannot be read
   */
  public Tensor batch(int from, int to) throws FailureException {
    long[] sizes = {to - from, shape.lengths().each().get(from), shape.hidden()};
    if (memory != null) {
      long begin = shape.offset(from);
      return NativeMemory.tensor(
          memory.asSlice(begin, shape.offset(to) - begin), shape.dtype(), sizes);
    }
    try (var scope = TensorScope.open()) {
      Tensor batch =
          torch.empty(
              sizes, new TensorOptions(shape.dtype().scalarType()), new MemoryFormatOptional());
      Objects.requireNonNull(file).read(NativeMemory.bytes(batch), shape.offset(from));
      return scope.keep(batch);
    }
  }

  /** Fills in states that are held in memory. */
  void put(MemorySegment bytes, long position) {
    Objects.requireNonNull(memory).asSlice(position, bytes.byteSize()).copyFrom(bytes);
  }

  /** Lets memory or file go; the file stays. */
  @Override
  public void close() {
    if (arena != null && arena.scope().isAlive()) {
      arena.close();
    }
    if (file != null) {
      file.close();
    }
  }

  /** Lets them go for good: nobody needs them any more. */
  public void discard() throws FailureException {
    close();
    if (file != null) {
      file.delete();
    }
  }
}
