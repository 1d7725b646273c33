package io.compot.calibration;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.compot.error.FailureException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;

/**
 * The hidden states of all calibration windows between two blocks, [windows, length, hidden]; each
 * block reads them and writes its output over them. In memory, or in a mapped file that the system
 * may write out, so that they need not fit.
 */
public final class HiddenStates implements AutoCloseable {

  private static final long ALIGNMENT = 64;

  private final Arena arena;
  private final MemorySegment states;
  private final int windows;
  private final int length;
  private final long hidden;
  private final Dtype dtype;

  private HiddenStates(
      Arena arena, MemorySegment states, int windows, int length, long hidden, Dtype dtype) {
    this.arena = arena;
    this.states = states;
    this.windows = windows;
    this.length = length;
    this.hidden = hidden;
    this.dtype = dtype;
  }

  /** Bytes that so many states take. */
  public static long bytes(int windows, int length, long hidden, Dtype dtype) {
    return Math.multiplyExact(
        Math.multiplyExact((long) windows * length, hidden), (long) dtype.bytes());
  }

  /** States in memory. */
  public static HiddenStates inMemory(int windows, int length, long hidden, Dtype dtype) {
    Arena arena = Arena.ofShared();
    long size = bytes(windows, length, hidden, dtype);
    return new HiddenStates(arena, arena.allocate(size, ALIGNMENT), windows, length, hidden, dtype);
  }

  /**
   * States in a mapped file.
   *
   * @param file created here, gone when closed
   * @throws FailureException where the file cannot be made
   */
  public static HiddenStates inFile(Path file, int windows, int length, long hidden, Dtype dtype)
      throws FailureException {
    Arena arena = Arena.ofShared();
    long size = bytes(windows, length, hidden, dtype);
    // The mapping outlives the channel, and an unlinked file is freed with its last mapping.
    try (var channel = FileChannel.open(file, CREATE_NEW, READ, WRITE, DELETE_ON_CLOSE)) {
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena);
      return new HiddenStates(arena, mapped, windows, length, hidden, dtype);
    } catch (IOException e) {
      arena.close();
      throw new FailureException(
          file + ": hidden states cannot be kept on disk (" + e.getMessage() + "); free some space",
          e);
    }
  }

  /** Number of windows. */
  public int windows() {
    return windows;
  }

  /** Tokens a window. */
  public int length() {
    return length;
  }

  /**
   * Some windows' states, without a copy: what is written into it is kept.
   *
   * @return [to − from, length, hidden] in the caller's scope
   */
  public Tensor batch(int from, int to) {
    long each = length * hidden * dtype.bytes();
    return NativeMemory.tensor(
        states.asSlice(from * each, (to - from) * each), dtype, to - from, length, hidden);
  }

  @Override
  public void close() {
    arena.close();
  }
}
