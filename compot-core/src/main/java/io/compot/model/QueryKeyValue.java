package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** What attention makes of its input first. */
interface QueryKeyValue {

  /** [B, T, heads·d] and twice [B, T, kvHeads·d], in the caller's scope. */
  record Projected(Tensor queries, Tensor keys, Tensor values) {}

  /** All three of x [B, T, H]. */
  Projected apply(Tensor x);

  /**
   * A projection for each.
   *
   * @param queryNorm norm of all query heads together, or null
   * @param keyNorm norm of all key heads together, or null
   */
  record Separate(
      ProjectionSpec query,
      ProjectionSpec key,
      ProjectionSpec value,
      @Nullable Part<Norm> queryNorm,
      @Nullable Part<Norm> keyNorm)
      implements Part<QueryKeyValue> {

    /** Without norms. */
    Separate(ProjectionSpec query, ProjectionSpec key, ProjectionSpec value) {
      this(query, key, value, null, null);
    }

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.concat(
          Stream.of(query, key, value).flatMap(ProjectionSpec::tensors),
          Stream.concat(Stream.ofNullable(queryNorm), Stream.ofNullable(keyNorm))
              .flatMap(Part::tensors));
    }

    @Override
    public List<SharedInput> projections() {
      return List.of(ProjectionSpec.sharing(query, key, value));
    }

    @Override
    public QueryKeyValue load(Weights weights) throws InputException {
      Linear queries = weights.linear(query);
      Linear keys = weights.linear(key);
      Linear values = weights.linear(value);
      if (queryNorm == null || keyNorm == null) {
        return x -> new Projected(queries.apply(x), keys.apply(x), values.apply(x));
      }
      Norm ofQueries = queryNorm.load(weights);
      Norm ofKeys = keyNorm.load(weights);
      return x ->
          new Projected(
              ofQueries.apply(queries.apply(x)), ofKeys.apply(keys.apply(x)), values.apply(x));
    }
  }

  /**
   * One projection, whose output has queries, keys and values one behind the other.
   *
   * @param queries width of the queries
   * @param keys width of the keys, and of the values
   */
  record Joined(ProjectionSpec all, long queries, long keys) implements Part<QueryKeyValue> {

    @Override
    public Stream<TensorSpec> tensors() {
      return all.tensors();
    }

    @Override
    public List<SharedInput> projections() {
      return List.of(ProjectionSpec.sharing(all));
    }

    @Override
    public QueryKeyValue load(Weights weights) throws InputException {
      Linear linear = weights.linear(all);
      return x -> {
        try (var scope = TensorScope.open()) {
          Tensor joined = linear.apply(x);
          return new Projected(
              scope.keep(joined.narrow(2, 0, queries)),
              scope.keep(joined.narrow(2, queries, keys)),
              scope.keep(joined.narrow(2, queries + keys, keys)));
        }
      };
    }
  }
}
