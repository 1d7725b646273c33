package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/**
 * Attention in which every position sees all that there is to see: the positions of its own row, as
 * in an encoder, or another stack's output, as a decoder's cross-attention does.
 *
 * @param heads divides the width
 * @param ofMemory whether it looks at another stack's output. Keys and values of that are computed
 *     once for a sequence that has a cache
 */
record OpenAttention(
    Linear query, Linear key, Linear value, Linear output, long heads, boolean ofMemory)
    implements Sublayer {

  @Override
  public Tensor forward(Tensor x, Context context) {
    try (var scope = TensorScope.open()) {
      Tensor q = heads(query.apply(x));
      LayerCache.KeysAndValues seen = ofMemory ? seen(context) : keysAndValues(x);
      Tensor mixed = CausalAttention.attendToAll(q, seen.keys(), seen.values());
      return scope.keep(output.apply(mixed.transpose(1, 2).reshape(x.sizes())));
    }
  }

  private LayerCache.KeysAndValues seen(Context context) {
    LayerCache cache = context.cache();
    if (cache == null) {
      return keysAndValues(memory(context));
    }
    return cache.memory(() -> keysAndValues(memory(context)));
  }

  private static Tensor memory(Context context) {
    return Objects.requireNonNull(context.memory(), "there is nothing to look at");
  }

  private LayerCache.KeysAndValues keysAndValues(Tensor states) {
    try (var scope = TensorScope.open()) {
      Tensor k = heads(key.apply(states));
      return new LayerCache.KeysAndValues(scope.keep(k), scope.keep(heads(value.apply(states))));
    }
  }

  /** [B, T, heads·d] to [B, heads, T, d]. */
  private Tensor heads(Tensor projected) {
    try (var scope = TensorScope.open()) {
      long each = projected.size(2) / heads;
      return scope.keep(
          projected.view(projected.size(0), projected.size(1), heads, each).transpose(1, 2));
    }
  }

  /** Attention over the named projections. */
  record Spec(
      ProjectionSpec query,
      ProjectionSpec key,
      ProjectionSpec value,
      ProjectionSpec output,
      long heads,
      boolean ofMemory)
      implements Part<OpenAttention> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(query, key, value, output).flatMap(ProjectionSpec::tensors);
    }

    /** Of a memory only keys and values are made; what asks is the block's own. */
    @Override
    public List<SharedInput> projections() {
      return ofMemory
          ? List.of(
              ProjectionSpec.sharing(query),
              ProjectionSpec.sharing(key, value),
              ProjectionSpec.sharing(output))
          : List.of(ProjectionSpec.sharing(query, key, value), ProjectionSpec.sharing(output));
    }

    @Override
    public OpenAttention load(Weights weights) throws InputException {
      return new OpenAttention(
          weights.linear(query),
          weights.linear(key),
          weights.linear(value),
          weights.linear(output),
          heads,
          ofMemory);
    }
  }
}
