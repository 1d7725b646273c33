package io.compot.calibration;

import io.compot.error.FailureException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The hidden states of all calibration windows between two blocks, [windows, length, hidden]: made
 * once, batch by batch, and read as often as needed. In memory, or in a file that is read and not
 * mapped, so that a file that shrinks is an error and no signal, and memory holds one batch.
 */
public final class HiddenStates implements AutoCloseable {

  private static final long ALIGNMENT = 64;
  private static final long CHUNK = 64L << 20;

  private final Shape shape;
  private final @Nullable Arena arena;
  private final @Nullable MemorySegment memory;
  private final @Nullable Path file;
  private final @Nullable FileChannel channel;

  private HiddenStates(
      Shape shape,
      @Nullable Arena arena,
      @Nullable MemorySegment memory,
      @Nullable Path file,
      @Nullable FileChannel channel) {
    this.shape = shape;
    this.arena = arena;
    this.memory = memory;
    this.file = file;
    this.channel = channel;
  }

  /**
   * How many there are.
   *
   * @param windows calibration windows
   * @param length tokens a window
   * @param hidden numbers a token
   * @param dtype of a number
   */
  public record Shape(int windows, int length, long hidden, Dtype dtype) {

    /** Bytes of all of them. */
    public long bytes() {
      return Math.multiplyExact(
          Math.multiplyExact((long) windows * length, hidden), (long) dtype.bytes());
    }

    private long offset(int window) {
      return (long) window * length * hidden * dtype.bytes();
    }
  }

  /** States in memory, all zero. */
  static HiddenStates inMemory(Shape shape) {
    Arena arena = Arena.ofShared();
    return new HiddenStates(shape, arena, arena.allocate(shape.bytes(), ALIGNMENT), null, null);
  }

  /**
   * States in a file that holds nothing else.
   *
   * @throws FailureException where the file cannot be read or has another size
   */
  public static HiddenStates in(Path file, Shape shape) throws FailureException {
    try {
      if (Files.size(file) != shape.bytes()) {
        throw new FailureException(
            "%s: hidden states of %d bytes where %d were expected; run again with --resume never"
                .formatted(file, Files.size(file), shape.bytes()));
      }
      var channel = FileChannel.open(file, StandardOpenOption.READ);
      return new HiddenStates(shape, null, null, file, channel);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  Shape shape() {
    return shape;
  }

  /** Number of windows. */
  public int windows() {
    return shape.windows();
  }

  /** Tokens a window. */
  public int length() {
    return shape.length();
  }

  /**
   * Some windows' states, not to be written to.
   *
   * @return [to − from, length, hidden] in the caller's scope
   * @throws FailureException where their file cannot be read
   */
  public Tensor batch(int from, int to) throws FailureException {
    long[] sizes = {to - from, shape.length(), shape.hidden()};
    if (memory != null) {
      long begin = shape.offset(from);
      return NativeMemory.tensor(
          memory.asSlice(begin, shape.offset(to) - begin), shape.dtype(), sizes);
    }
    try (var scope = TensorScope.open()) {
      Tensor batch =
          torch.empty(
              sizes, new TensorOptions(shape.dtype().scalarType()), new MemoryFormatOptional());
      read(NativeMemory.bytes(batch), shape.offset(from));
      return scope.keep(batch);
    }
  }

  private void read(MemorySegment into, long position) throws FailureException {
    FileChannel open = Objects.requireNonNull(channel);
    try {
      for (long done = 0; done < into.byteSize(); done += CHUNK) {
        ByteBuffer part =
            into.asSlice(done, Math.min(CHUNK, into.byteSize() - done)).asByteBuffer();
        while (part.hasRemaining()) {
          if (open.read(part, position + done + part.position()) < 0) {
            throw new EOFException("it has become shorter");
          }
        }
      }
    } catch (IOException e) {
      throw unreadable(Objects.requireNonNull(file), e);
    }
  }

  /** Fills in states that are held in memory. */
  void put(MemorySegment bytes, long position) {
    Objects.requireNonNull(memory).asSlice(position, bytes.byteSize()).copyFrom(bytes);
  }

  private static FailureException unreadable(Path file, IOException e) {
    return new FailureException(
        file + ": hidden states cannot be read back (" + e.getMessage() + "); run again", e);
  }

  /** Lets memory or file go; the file stays. */
  @Override
  public void close() {
    if (arena != null && arena.scope().isAlive()) {
      arena.close();
    }
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        // It was only read.
      }
    }
  }

  /** Lets them go for good: nobody needs them any more. */
  void discard() throws FailureException {
    close();
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw new FailureException(
            file + ": cannot be removed (" + e.getMessage() + "); check permissions", e);
      }
    }
  }
}
