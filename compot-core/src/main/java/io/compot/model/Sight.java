package io.compot.model;

import io.compot.tensor.TensorScope;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a decoder sees beside the words of one text.
 *
 * @param memory what the tower made of the images, [1, patches, H′]
 * @param layout of the text's tokens
 */
public record Sight(Tensor memory, TokenLayout layout) {

  /**
   * What is seen when one looks, to be closed by who looked.
   *
   * @param look gives it in the scope that is open
   */
  public static Sight owned(Supplier<Sight> look) {
    try (var scope = TensorScope.open()) {
      Sight seen = look.get();
      scope.own(seen.memory());
      return seen;
    }
  }

  /** Frees what {@link #owned} took. */
  public void close() {
    memory.close();
  }

  /** Of some of the tokens. */
  public Sight slice(int from, int to) {
    return new Sight(memory, layout.slice(from, to));
  }

  static Context of(@Nullable Sight sight, Context context) {
    return sight == null ? context : context.with(sight.memory()).lying(sight.layout());
  }
}
