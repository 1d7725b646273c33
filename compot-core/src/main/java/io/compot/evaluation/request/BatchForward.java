package io.compot.evaluation.request;

import io.compot.error.FailureException;
import io.compot.model.CausalModel;
import io.compot.model.KvCache;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
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

  /** Part of a row that may be padding before rows of its length go on by themselves. */
  private static final double PADDING = 0.1;

  /** Rows that make a forward pass worth its while, padding or not. */
  private static final int FEW = 8;

  /** Takes what comes out for some rows of a batch. */
  @FunctionalInterface
  interface Receiver {

    /**
     * What came out for some rows.
     *
     * @param rows their places in {@link Batch#rows}
     * @param hidden [rows, positions, H], of positions from {@link #skipped} on
     */
    void accept(List<Integer> rows, Tensor hidden) throws FailureException;
  }

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

  /** Hidden states of all rows from position {@link #skipped} on, rows of like length together. */
  void run(Batch batch, Receiver receiver) throws FailureException {
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
    for (List<Integer> alike : alike(rows)) {
      try (var _ = TensorScope.open();
          var own = selected(alike.stream().mapToLong(Integer::longValue).toArray(), origin)) {
        List<long[]> inputs = alike.stream().map(row -> rows.get(row).input()).toList();
        int longest = inputs.stream().mapToInt(input -> input.length).max().orElseThrow();
        receiver.accept(alike, forward(inputs, longest, own));
      }
    }
  }

  /** Rows by length, cut where too much would be padding. */
  private List<List<Integer>> alike(List<Row> rows) {
    List<Integer> sorted =
        IntStream.range(0, rows.size())
            .boxed()
            .sorted(Comparator.comparingInt(row -> -rows.get(row).input().length))
            .toList();
    List<List<Integer>> pieces = new ArrayList<>();
    int from = 0;
    for (int to = 1; to <= sorted.size(); to++) {
      int longest = rows.get(sorted.get(from)).input().length - done;
      if (to == sorted.size()
          || (to - from >= FEW
              && rows.get(sorted.get(to)).input().length - done < (1 - PADDING) * longest)) {
        pieces.add(sorted.subList(from, to));
        from = to;
      }
    }
    return pieces;
  }

  private @Nullable KvCache selected(long[] rows, long[] origin) {
    if (cache == null) {
      return null;
    }
    try (var _ = TensorScope.open()) {
      return cache.select(
          Tensor.create(LongStream.of(rows).map(row -> origin[(int) row]).toArray()));
    }
  }

  private void extend(List<long[]> inputs, int to) {
    if (cache == null) {
      cache = model.newCache();
    }
    try (var _ = TensorScope.open()) {
      forward(inputs, to, cache);
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

  private Tensor forward(List<long[]> inputs, int to, @Nullable KvCache before) {
    computed += (long) inputs.size() * (to - done);
    return model.hidden(Tensor.create(padded(inputs, to)).view(inputs.size(), to - done), before);
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
