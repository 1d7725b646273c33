package io.compot.model;

import io.compot.error.InputException;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.slf4j.LoggerFactory;

/**
 * Which tensors are the embedding's table and the output's weight, where a config may tie the two.
 * What is stored decides, as in transformers 5 ({@code PreTrainedModel.tie_weights}):
 *
 * <ul>
 *   <li>not tied: each its own, and both have to be there;
 *   <li>tied, one of them stored: that one is both, whichever it is;
 *   <li>tied, both stored with the same numbers: one;
 *   <li>tied, both stored with other numbers: each its own, with a notice. The flag is then wrong,
 *       and dropping a trained head would change the model without a word.
 * </ul>
 *
 * @param embedding the embedding's table, [V, H]
 * @param output the output's weight, [V, H]
 */
record TiedTable(TensorSpec embedding, TensorSpec output) {

  /**
   * Decides.
   *
   * @param folder of the checkpoint, for the notice
   * @param tied {@code tie_word_embeddings}
   * @throws InputException where a tensor cannot be read
   */
  static TiedTable of(
      WeightSource weights, Object folder, boolean tied, TensorSpec table, TensorSpec head)
      throws InputException {
    if (!tied) {
      return new TiedTable(table, head);
    }
    boolean hasTable = has(weights, table);
    boolean hasHead = has(weights, head);
    if (!hasHead) {
      return new TiedTable(table, table);
    }
    if (!hasTable) {
      return new TiedTable(head, head);
    }
    if (weights.has(table.name())
        && weights.has(head.name())
        && same(weights, table.name(), head.name())) {
      return new TiedTable(table, table);
    }
    LoggerFactory.getLogger(TiedTable.class)
        .warn(
            "{}: tie_word_embeddings is true, but {} is stored with other numbers than {}: each is"
                + " used for itself, as transformers 5 does; set it to false to say so",
            folder,
            head.name(),
            table.name());
    return new TiedTable(table, head);
  }

  /** Whether it is there, packed or not. */
  private static boolean has(WeightSource weights, TensorSpec spec) {
    return weights.has(spec.name()) || weights.packed().containsKey(spec.base());
  }

  /** Whether two tensors have the same type, shape and bytes; reads up to the first difference. */
  private static boolean same(WeightSource weights, String one, String other)
      throws InputException {
    TensorInfo info = weights.info(one);
    TensorInfo others = weights.info(other);
    if (info.dtype() != others.dtype() || !info.shape().equals(others.shape())) {
      return false;
    }
    try (var arena = Arena.ofConfined()) {
      long part = Math.min(WeightSource.PART, info.bytes());
      MemorySegment first = arena.allocate(part, Long.BYTES);
      MemorySegment second = arena.allocate(part, Long.BYTES);
      for (long from = 0; from < info.bytes(); from += part) {
        long size = Math.min(part, info.bytes() - from);
        weights.read(one, from, first.asSlice(0, size));
        weights.read(other, from, second.asSlice(0, size));
        if (first.asSlice(0, size).mismatch(second.asSlice(0, size)) >= 0) {
          return false;
        }
      }
      return true;
    }
  }
}
