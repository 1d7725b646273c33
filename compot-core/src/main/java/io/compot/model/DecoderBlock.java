package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * Self-attention and a feed-forward layer, each within a residual connection.
 *
 * @param aroundAttention norms of the attention
 * @param aroundFeedForward norms of the feed-forward layer
 */
record DecoderBlock(
    Weights weights,
    Residual aroundAttention,
    Attention attention,
    Residual aroundFeedForward,
    FeedForward feedForward)
    implements Block {

  @Override
  public Tensor forward(Tensor hidden, Context context) {
    try (var scope = TensorScope.open()) {
      Tensor middle = aroundAttention.around(hidden, x -> attention.forward(x, context));
      return scope.keep(aroundFeedForward.around(middle, feedForward::apply));
    }
  }

  @Override
  public void close() {
    weights.close();
  }

  /** A block of the given parts. */
  record Spec(
      Part<Residual> aroundAttention,
      Part<Attention> attention,
      Part<Residual> aroundFeedForward,
      Part<FeedForward> feedForward)
      implements Part<Block> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(aroundAttention, attention, aroundFeedForward, feedForward)
          .flatMap(Part::tensors);
    }

    @Override
    public List<SharedInput> projections() {
      return Stream.concat(attention.projections().stream(), feedForward.projections().stream())
          .toList();
    }

    /** The feed-forward layer's last projection, where the block's output is a sum with it. */
    Optional<Closing> closing() {
      List<SharedInput> inputs = feedForward.projections();
      boolean dense =
          inputs.stream()
              .flatMap(input -> input.projections().stream())
              .allMatch(projection -> projection.expert().isEmpty());
      return dense
              && aroundFeedForward instanceof Residual.Spec around
              && around.inner() == null
              && around.after() == null
          ? Optional.of(new Closing(inputs.getLast().projections().getLast(), around.multiplier()))
          : Optional.empty();
    }

    @Override
    public Block load(Weights weights) throws InputException {
      return new DecoderBlock(
          weights,
          aroundAttention.load(weights),
          attention.load(weights),
          aroundFeedForward.load(weights),
          feedForward.load(weights));
    }
  }
}
