package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A decoder's block that looks at images (DeepStack, arXiv 2406.04334): the first takes the tower's
 * output in place of the tokens that stand for images, and the first few add what one of the
 * tower's own blocks gave to the hidden states of these tokens.
 *
 * @param before makes what goes in there, or null
 * @param after makes what is added behind the block, or null
 * @param number of this block, and so of the tower's output that is added
 */
record SeeingBlock(
    Weights weights, Block inner, @Nullable Merger before, @Nullable Merger after, int number)
    implements Block {

  @Override
  public Tensor forward(Tensor hidden, Context context) {
    try (var scope = TensorScope.open()) {
      return scope.keep(added(inner.forward(entering(hidden, context), context), context));
    }
  }

  /** What goes into the block itself: [B, T, H] in the caller's scope. */
  Tensor entering(Tensor hidden, Context context) {
    if (before == null || !(context.layout() instanceof TokenLayout layout) || none(layout)) {
      return hidden.alias();
    }
    try (var scope = TensorScope.open()) {
      Tensor seen = merged(before, context, layout, 0).to(hidden.scalar_type());
      return scope.keep(hidden.index_copy(1, layout.rows(), seen.unsqueeze(0)));
    }
  }

  /** The block's own output with what is added: [B, T, H] in the caller's scope. */
  Tensor added(Tensor output, Context context) {
    if (after == null || !(context.layout() instanceof TokenLayout layout) || none(layout)) {
      return output.alias();
    }
    try (var scope = TensorScope.open()) {
      Tensor seen = merged(after, context, layout, 1 + number).to(output.scalar_type());
      return scope.keep(output.index_add(1, layout.rows(), seen.unsqueeze(0)));
    }
  }

  private static boolean none(TokenLayout layout) {
    return layout.images() == 0;
  }

  /** Of those of the tower's outputs that belong to these tokens: [images, H]. */
  private static Tensor merged(Merger merger, Context context, TokenLayout layout, int part) {
    Tensor memory = Objects.requireNonNull(context.memory(), "there are no images");
    try (var scope = TensorScope.open()) {
      long from = layout.imagesBefore() * merger.patches();
      Tensor seen = memory.narrow(1, from, layout.images() * merger.patches());
      return scope.keep(merger.apply(TappedBlock.part(seen, merger.width(), part).squeeze(0)));
    }
  }

  @Override
  public void close() {
    weights.close();
  }

  /** A block around another. */
  record Spec(
      Part<Block> inner, @Nullable Part<Merger> before, @Nullable Part<Merger> after, int number)
      implements Part<Block> {

    @Override
    public Stream<TensorSpec> tensors() {
      return parts().flatMap(Part::tensors);
    }

    @Override
    public List<SharedInput> projections() {
      return parts().flatMap(part -> part.projections().stream()).toList();
    }

    private Stream<Part<?>> parts() {
      return Stream.of(before, inner, after).filter(Objects::nonNull);
    }

    @Override
    public Block load(Weights weights) throws InputException {
      return new SeeingBlock(
          weights,
          inner.load(weights),
          before == null ? null : before.load(weights),
          after == null ? null : after.load(weights),
          number);
    }
  }
}
