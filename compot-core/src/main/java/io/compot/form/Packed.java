package io.compot.form;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/**
 * Named tensors that are one weight of torch layout [out, in]: the same on disk, in a task's file
 * and in memory. What is packed stays packed. The tensors are owned by whoever holds this.
 *
 * @param form which says what the parts are
 * @param in input features
 * @param out output features
 * @param parts by their names on disk without the projection's, such as {@code mask}, in the order
 *     of the form's codec
 */
public record Packed(Form form, long in, long out, SequencedMap<String, Tensor> parts)
    implements AutoCloseable {

  public Packed {
    if (!form.fits(in, out)) {
      throw new IllegalArgumentException(
          "%s does not make sense for a weight of %d x %d".formatted(form.words(), out, in));
    }
    parts = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parts));
  }

  /** One part; an {@link IllegalArgumentException} where the form has none of that name. */
  public Tensor part(String name) {
    Tensor part = parts.get(name);
    if (part == null) {
      throw new IllegalArgumentException(form.words() + " has no part " + name);
    }
    return part;
  }

  /** Exact bits on disk. */
  public long bits() {
    return form.bits(in, out);
  }

  @Override
  public void close() {
    parts.values().forEach(Tensor::close);
  }
}
