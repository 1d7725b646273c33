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
      return new Three(
          queries,
          keys,
          values,
          queryNorm == null ? null : queryNorm.load(weights),
          keyNorm == null ? null : keyNorm.load(weights));
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
      return new One(weights.linear(all), queries, keys);
    }
  }

  /** {@link Separate}, loaded. */
  record Three(
      Linear query, Linear key, Linear value, @Nullable Norm queryNorm, @Nullable Norm keyNorm)
      implements QueryKeyValue {

    @Override
    public Projected apply(Tensor x) {
      return new Projected(
          normed(queryNorm, query.apply(x)), normed(keyNorm, key.apply(x)), value.apply(x));
    }

    private static Tensor normed(@Nullable Norm norm, Tensor x) {
      return norm == null ? x : norm.apply(x);
    }
  }

  /** {@link Joined}, loaded. */
  record One(Linear all, long queries, long keys) implements QueryKeyValue {

    @Override
    public Projected apply(Tensor x) {
      try (var scope = TensorScope.open()) {
        Tensor joined = all.apply(x);
        return new Projected(
            scope.keep(joined.narrow(2, 0, queries)),
            scope.keep(joined.narrow(2, queries, keys)),
            scope.keep(joined.narrow(2, queries + keys, keys)));
      }
    }
  }
}
