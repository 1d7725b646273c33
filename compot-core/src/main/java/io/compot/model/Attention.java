package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Causal self-attention with grouped queries.
 *
 * @param input from hidden states to queries, keys and values
 * @param output from mixed values to hidden states
 * @param shape heads, and what happens to queries and keys
 * @param queryNorm norm of each query head, or null
 * @param keyNorm norm of each key head, or null
 */
record Attention(
    QueryKeyValue input,
    Linear output,
    Shape shape,
    @Nullable Norm queryNorm,
    @Nullable Norm keyNorm)
    implements Sublayer {

  /**
   * What needs no weights.
   *
   * @param heads query heads
   * @param kvHeads key and value heads; divides heads
   * @param headDim d
   * @param rotary null where positions are not rotated
   * @param scoring how tokens look at each other
   */
  record Shape(long heads, long kvHeads, long headDim, @Nullable Rotary rotary, Scoring scoring) {}

  /**
   * [B, T, H] to [B, T, H]; the cache, if any, is extended by these positions.
   *
   * @param context what a token may see besides its row
   */
  @Override
  public Tensor forward(Tensor x, Context context) {
    LayerCache cache = context.cache();
    TokenTrees trees = context.trees();
    OwnSequences.Layer each = context.each();
    try (var scope = TensorScope.open()) {
      var projected = input.apply(x);
      Tensor q = heads(projected.queries(), shape.heads(), queryNorm);
      Tensor k = heads(projected.keys(), shape.kvHeads(), keyNorm);
      Tensor v = heads(projected.values(), shape.kvHeads(), null);
      Rotary rotary = shape.rotary();
      if (rotary != null) {
        Dtype type = Dtype.of(q);
        var tables =
            each == null ? tables(rotary, x.size(1), type, context) : each.tables(rotary, type);
        q = Rotary.rotate(q, tables);
        k = Rotary.rotate(k, tables);
      }
      if (cache != null) {
        var all = cache.append(k, v);
        k = all.keys();
        v = all.values();
      }
      Tensor mixed;
      if (each != null) {
        mixed = each.attend(q, k, v, shape.scoring());
      } else if (trees != null) {
        mixed = CausalAttention.attend(q, k, v, shape.scoring(), trees);
      } else {
        mixed = CausalAttention.attend(q, k, v, shape.scoring());
      }
      Tensor joined =
          mixed.transpose(1, 2).reshape(x.size(0), x.size(1), shape.heads() * shape.headDim());
      return scope.keep(output.apply(joined));
    }
  }

  private static Rotary.Tables tables(Rotary rotary, long count, Dtype type, Context context) {
    TokenTrees trees = context.trees();
    if (trees != null) {
      return rotary.tables(0, trees.end(), type).at(trees.positions());
    }
    if (context.layout() instanceof TokenLayout layout) {
      return rotary.tables(layout, type);
    }
    LayerCache cache = context.cache();
    return rotary.tables(cache == null ? 0 : cache.next(), count, type);
  }

  /** [B, T, heads·d] to [B, heads, T, d]. */
  private Tensor heads(Tensor projected, long count, @Nullable Norm norm) {
    try (var scope = TensorScope.open()) {
      Tensor split = projected.view(projected.size(0), projected.size(1), count, shape.headDim());
      Tensor normed = norm == null ? split : norm.apply(split);
      return scope.keep(normed.transpose(1, 2));
    }
  }

  /** Attention over the named projections. */
  record Spec(
      Part<QueryKeyValue> input,
      ProjectionSpec output,
      Shape shape,
      @Nullable Part<Norm> queryNorm,
      @Nullable Part<Norm> keyNorm)
      implements Part<Attention> {

    @Override
    public Stream<TensorSpec> tensors() {
      var norms = new ArrayList<Part<Norm>>();
      if (queryNorm != null) {
        norms.add(queryNorm);
      }
      if (keyNorm != null) {
        norms.add(keyNorm);
      }
      return Stream.of(input.tensors(), output.tensors(), norms.stream().flatMap(Part::tensors))
          .flatMap(tensors -> tensors);
    }

    @Override
    public List<SharedInput> projections() {
      return Stream.concat(input.projections().stream(), Stream.of(ProjectionSpec.sharing(output)))
          .toList();
    }

    @Override
    public Attention load(Weights weights) throws InputException {
      return new Attention(
          input.load(weights),
          weights.linear(output),
          shape,
          queryNorm == null ? null : queryNorm.load(weights),
          keyNorm == null ? null : keyNorm.load(weights));
    }
  }
}
