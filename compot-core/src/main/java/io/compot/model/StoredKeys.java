package io.compot.model;

import io.compot.form.codec.StoredWeights;
import io.compot.kernel.NumberType;
import io.compot.kernel.Weight;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Keys and values of one sequence as kernels read them: the tensors' own memory.
 *
 * @param keys of each head, [room, d]
 * @param values likewise
 */
record StoredKeys(List<Weight.Plain> keys, List<Weight.Plain> values) {

  /**
   * Of tensors [1, heads, room, d].
   *
   * @throws IllegalStateException where they are of several sequences
   */
  static StoredKeys of(Tensor keys, Tensor values) {
    if (keys.size(0) != 1) {
      throw new IllegalStateException("a cache of " + keys.size(0) + " sequences");
    }
    return new StoredKeys(heads(keys), heads(values));
  }

  private static List<Weight.Plain> heads(Tensor tensor) {
    NumberType type = StoredWeights.type(Dtype.of(tensor)).orElseThrow();
    int room = Math.toIntExact(tensor.size(2));
    int d = Math.toIntExact(tensor.size(3));
    MemorySegment all = NativeMemory.bytes(tensor);
    long bytes = (long) room * d * type.bytes();
    return IntStream.range(0, Math.toIntExact(tensor.size(1)))
        .mapToObj(head -> new Weight.Plain(type, room, d, all.asSlice(head * bytes, bytes)))
        .toList();
  }

  /** Writes a position of all heads. */
  static void set(List<Weight.Plain> heads, long position, float[] numbers, int at) {
    for (int head = 0; head < heads.size(); head++) {
      Weight.Plain own = heads.get(head);
      int d = own.in();
      for (int i = 0; i < d; i++) {
        own.type().set(own.numbers(), position * d + i, numbers[at + head * d + i]);
      }
    }
  }
}
