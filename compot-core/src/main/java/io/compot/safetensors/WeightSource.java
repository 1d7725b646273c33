package io.compot.safetensors;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.form.Form;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * Named tensors on disk: nothing is read before it is used, and what is read lies in memory of the
 * reader's, so that it stays what it is whatever happens to the file.
 */
public interface WeightSource {

  /** Bytes that are worth a read of their own, and a multiple of every type's width. */
  int PART = 8 << 20;

  /** All tensor names, in sorted order. */
  Set<String> names();

  /** Whether there is a tensor of this name. */
  default boolean has(String name) {
    return names().contains(name);
  }

  /**
   * The weights that other tensors stand for, by projection; none where all tensors are as an
   * ordinary checkpoint has them.
   */
  default Map<String, Form> packed() {
    return Map.of();
  }

  /**
   * Type and shape of a tensor.
   *
   * @throws InputException naming the file and the tensor where it is missing
   */
  TensorInfo info(String name) throws InputException;

  /**
   * How a tensor is kept on disk.
   *
   * @param type a name for people
   * @param bytes all that is kept of it
   */
  record Stored(String type, long bytes) {}

  /** How a tensor is kept on disk, which may not be as it is given. */
  default Stored stored(String name) throws InputException {
    TensorInfo info = info(name);
    return new Stored(info.dtype().name(), info.bytes());
  }

  /** The file that holds a tensor, for messages. */
  Path file(String name) throws InputException;

  /**
   * Reads a part of a tensor's bytes.
   *
   * @param from first byte, counted from the tensor's begin
   * @param into native memory, filled whole
   * @throws InputException where the file cannot be read or has changed since it was opened
   */
  void read(String name, long from, MemorySegment into) throws InputException;

  /** The tensor's bytes, in the arena's memory. */
  default MemorySegment bytes(String name, Arena arena) throws InputException {
    TensorInfo info = info(name);
    MemorySegment bytes = arena.allocate(info.bytes(), info.dtype().bytes());
    read(name, 0, bytes);
    return bytes;
  }

  /** The tensor's bytes, in memory that the garbage collector frees. */
  default MemorySegment bytes(String name) throws InputException {
    return bytes(name, Arena.ofAuto());
  }

  /** The tensor in its stored type, in memory of its own; belongs to the caller's scope. */
  default Tensor tensor(String name) throws InputException {
    TensorInfo info = info(name);
    try (var scope = TensorScope.open()) {
      Tensor tensor =
          NativeMemory.empty(
              info.dtype(), info.shape().stream().mapToLong(Long::longValue).toArray());
      if (info.bytes() > 0) {
        read(name, 0, NativeMemory.bytes(tensor));
      }
      return scope.keep(tensor);
    }
  }

  /**
   * The tensor as {@link #tensor} gives it, after a look at every number.
   *
   * @throws InputException also where one is NaN or infinite
   */
  default Tensor finiteTensor(String name) throws InputException {
    TensorInfo info = info(name);
    try (var scope = TensorScope.open()) {
      Tensor tensor = tensor(name);
      if (info.bytes() > 0) {
        refuse(name, NonFinite.first(NativeMemory.bytes(tensor), info.dtype()));
      }
      return scope.keep(tensor);
    }
  }

  /**
   * Checks every number of a tensor, a part at a time.
   *
   * @throws InputException naming the file, the tensor and its first NaN or Inf
   */
  default void requireFinite(String name) throws InputException {
    TensorInfo info = info(name);
    try (var arena = Arena.ofConfined()) {
      MemorySegment part = arena.allocate(Math.min(PART, info.bytes()), Long.BYTES);
      for (long from = 0; from < info.bytes(); from += PART) {
        MemorySegment read = part.asSlice(0, Math.min(PART, info.bytes() - from));
        read(name, from, read);
        long first = NonFinite.first(read, info.dtype());
        refuse(name, first < 0 ? first : from / info.dtype().bytes() + first);
      }
    }
  }

  private void refuse(String name, long element) throws InputException {
    if (element >= 0) {
      throw InputException.in(
          file(name),
          "tensor " + Shown.of(name),
          "the element at " + info(name).indexOf(element) + " is NaN or infinite",
          "the weights are damaged: use an intact checkpoint");
    }
  }
}
