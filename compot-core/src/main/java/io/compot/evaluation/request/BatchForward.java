package io.compot.evaluation.request;

import io.compot.model.CausalModel;
import io.compot.model.KvCache;
import io.compot.tensor.TensorScope;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Runs a batch through the model, computing what rows have in common once: first what all share (in
 * one row), then what each group shares (a row a group), then the rest. Rows are padded on the
 * right, which a causal model does not see from the left.
 */
final class BatchForward implements AutoCloseable {

  /**
   * Part of a batch's tokens that must be saved to be worth a forward pass of their own, copies of
   * the cache, and attention that looks at all positions instead of the earlier ones.
   */
  private static final double WORTH_SHARING = 0.15;

  private final CausalModel model;
  private @Nullable KvCache cache;
  private int done;
  private long computed;

  BatchForward(CausalModel model) {
    this.model = model;
  }

  /** Tokens run through the blocks so far, padding included. */
  long computed() {
    return computed;
  }

  /** Positions at the beginning that {@link #run} leaves out of its result. */
  int skipped() {
    return done;
  }

  /**
   * Hidden states of all rows from position {@link #skipped} on.
   *
   * @return [rows, longest - skipped, H]
   */
  Tensor run(Batch batch) {
    try (var scope = TensorScope.open()) {
      List<Row> rows = batch.rows();
      int groups = batch.groups().size();
      long[] origin = new long[rows.size()];
      double tokens = (double) rows.size() * batch.longest();
      if ((rows.size() - 1) * batch.common() > WORTH_SHARING * tokens) {
        extend(List.of(batch.groups().getFirst().input()), batch.common());
      }
      if (groups > 1 && (rows.size() - groups) * (batch.shared() - done) > WORTH_SHARING * tokens) {
        spread(new long[groups]);
        extend(batch.groups().stream().map(Group::input).toList(), batch.shared());
        origin = batch.owners();
      }
      spread(origin);
      List<long[]> inputs = rows.stream().map(Row::input).toList();
      return scope.keep(forward(inputs, batch.longest()));
    }
  }

  private void extend(List<long[]> inputs, int to) {
    if (cache == null) {
      cache = model.newCache();
    }
    try (var _ = TensorScope.open()) {
      forward(inputs, to);
    }
    done = to;
  }

  private void spread(long[] origin) {
    if (cache == null) {
      return;
    }
    try (var _ = TensorScope.open()) {
      KvCache selected = cache.select(Tensor.create(origin));
      cache.close();
      cache = selected;
    }
  }

  private Tensor forward(List<long[]> inputs, int to) {
    computed += (long) inputs.size() * (to - done);
    return model.hidden(Tensor.create(padded(inputs, to)).view(inputs.size(), to - done), cache);
  }

  private long[] padded(List<long[]> inputs, int to) {
    return inputs.stream()
        .flatMapToLong(
            input -> LongStream.range(done, to).map(at -> at < input.length ? input[(int) at] : 0))
        .toArray();
  }

  @Override
  public void close() {
    if (cache != null) {
      cache.close();
    }
  }
}
