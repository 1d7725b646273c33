package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * Self-attention and a feed-forward layer, each with a residual connection and a norm.
 *
 * @param placement whether the norms stand before what they serve or after the sum
 */
record DecoderBlock(
    Weights weights,
    Placement placement,
    Norm attentionNorm,
    Attention attention,
    Norm feedForwardNorm,
    FeedForward feedForward)
    implements Block {

  /** Where the norms stand. */
  enum Placement {
    /** x + f(norm(x)). */
    BEFORE,
    /** norm(x + f(x)). */
    AFTER
  }

  @Override
  public Tensor forward(Tensor hidden, Context context) {
    try (var scope = TensorScope.open()) {
      return scope.keep(
          switch (placement) {
            case BEFORE -> {
              Tensor middle = attention.forward(attentionNorm.apply(hidden), context).add_(hidden);
              yield feedForward.apply(feedForwardNorm.apply(middle)).add_(middle);
            }
            case AFTER -> {
              Tensor middle = attentionNorm.apply(attention.forward(hidden, context).add_(hidden));
              yield feedForwardNorm.apply(feedForward.apply(middle).add_(middle));
            }
          });
    }
  }

  @Override
  public void close() {
    weights.close();
  }

  /** A block of the given parts. */
  record Spec(
      Placement placement,
      Part<Norm> attentionNorm,
      Part<Attention> attention,
      Part<Norm> feedForwardNorm,
      Part<FeedForward> feedForward)
      implements Part<Block> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(attentionNorm, attention, feedForwardNorm, feedForward)
          .flatMap(Part::tensors);
    }

    @Override
    public List<SharedInput> projections() {
      return Stream.concat(attention.projections().stream(), feedForward.projections().stream())
          .toList();
    }

    @Override
    public Block load(Weights weights) throws InputException {
      return new DecoderBlock(
          weights,
          placement,
          attentionNorm.load(weights),
          attention.load(weights),
          feedForwardNorm.load(weights),
          feedForward.load(weights));
    }
  }
}
