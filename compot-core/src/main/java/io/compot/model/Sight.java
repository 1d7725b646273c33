package io.compot.model;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a decoder sees beside the words of one text.
 *
 * @param memory what the tower made of the images, [1, patches, H′]
 * @param layout of the text's tokens
 */
public record Sight(Tensor memory, TokenLayout layout) {

  /** Of some of the tokens. */
  public Sight slice(int from, int to) {
    return new Sight(memory, layout.slice(from, to));
  }

  static Context of(@Nullable Sight sight, Context context) {
    return sight == null ? context : context.with(sight.memory()).lying(sight.layout());
  }
}
