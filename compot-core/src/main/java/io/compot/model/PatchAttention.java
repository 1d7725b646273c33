package io.compot.model;

import static org.bytedeco.pytorch.global.torch.cat;

import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Attention in which every patch of an image sees all of that image and nothing of others. Queries
 * and keys are rotated by the patch's row and column, each by half of the pairs of dimensions (2D
 * RoPE).
 *
 * @param heads divides the width
 * @param rotary of one direction: turns half a head
 */
record PatchAttention(QueryKeyValue input, Linear output, long heads, Rotary rotary)
    implements Sublayer {

  @Override
  public Tensor forward(Tensor x, Context context) {
    if (!(context.layout() instanceof PatchLayout layout)) {
      throw new IllegalArgumentException("nobody says how the patches lie");
    }
    try (var scope = TensorScope.open()) {
      var projected = input.apply(x);
      Rotary.Tables tables = tables(layout);
      Tensor q = Rotary.rotate(heads(projected.queries()), tables);
      Tensor k = Rotary.rotate(heads(projected.keys()), tables);
      Tensor v = heads(projected.values());
      var mixed = new TensorVector();
      long from = 0;
      for (Grid image : layout.images()) {
        long count = image.patches();
        mixed.push_back(
            CausalAttention.attendToAll(
                q.narrow(2, from, count), k.narrow(2, from, count), v.narrow(2, from, count)));
        from += count;
      }
      Tensor joined = cat(mixed, 2).transpose(1, 2).reshape(x.sizes()).to(x.scalar_type());
      return scope.keep(output.apply(joined));
    }
  }

  /** cos and sin of every patch, [patches, d/2]: by rows, then by columns. */
  private Rotary.Tables tables(PatchLayout layout) {
    long most = 1;
    for (Grid image : layout.images()) {
      most = Math.max(most, Math.max(image.rows(), image.columns()));
    }
    try (var scope = TensorScope.open()) {
      Rotary.Tables all = rotary.tables(0, most, Dtype.F32);
      Tensor places = layout.places();
      return new Rotary.Tables(
          scope.keep(both(all.cos(), places)), scope.keep(both(all.sin(), places)));
    }
  }

  private static Tensor both(Tensor table, Tensor places) {
    try (var scope = TensorScope.open()) {
      Tensor rows = table.index_select(0, places.select(0, 0));
      Tensor columns = table.index_select(0, places.select(0, 1));
      return scope.keep(cat(new TensorVector(rows, columns), 1));
    }
  }

  /** [B, T, heads·d] to F32 [B, heads, T, d]. */
  private Tensor heads(Tensor projected) {
    try (var scope = TensorScope.open()) {
      long each = projected.size(2) / heads;
      Tensor split = projected.reshape(projected.size(0), projected.size(1), heads, each);
      return scope.keep(split.transpose(1, 2).to(ScalarType.Float));
    }
  }

  /** Attention over the named projections. */
  record Spec(Part<QueryKeyValue> input, ProjectionSpec output, long heads, Rotary rotary)
      implements Part<PatchAttention> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.concat(input.tensors(), output.tensors());
    }

    @Override
    public List<SharedInput> projections() {
      return Stream.concat(input.projections().stream(), Stream.of(ProjectionSpec.sharing(output)))
          .toList();
    }

    @Override
    public PatchAttention load(Weights weights) throws InputException {
      return new PatchAttention(input.load(weights), weights.linear(output), heads, rotary);
    }
  }
}
