package io.compot.evaluation.request;

import io.compot.model.CausalModel;
import io.compot.model.KvCache;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Runs batches through the model. What all trees of a batch begin with is computed in one row, and
 * kept for the batches that come after it.
 */
final class BatchForward implements AutoCloseable {

  /**
   * Part of a batch's tokens that must be saved to be worth a forward pass of their own and copies
   * of the cache.
   */
  private static final double WORTH_SHARING = 0.15;

  /**
   * What came out for a batch.
   *
   * @param hidden [trees, nodes, H] in the caller's scope
   * @param skipped nodes at the beginning that are left out
   */
  record Output(Tensor hidden, int skipped) {}

  private final CausalModel model;
  private final KvCache beginning;
  private @Nullable InputTree begun;
  private long computed;

  BatchForward(CausalModel model) {
    this.model = model;
    this.beginning = model.newCache();
  }

  /** Tokens run through the blocks so far, padding included. */
  long computed() {
    return computed;
  }

  /** Hidden states of all trees. */
  Output run(Batch batch) {
    int known = known(batch);
    if (worthIt(batch, batch.common() - known)) {
      begin(batch.trees().getFirst(), batch.common());
      known = batch.common();
    }
    int skipped = worthIt(batch, known) ? known : 0;
    try (var scope = TensorScope.open();
        KvCache cache = skipped == 0 ? null : copies(batch.trees().size())) {
      TreeRows rows = new TreeRows(batch.trees(), skipped);
      computed += rows.tokens().numel();
      return new Output(
          scope.keep(
              rows.branch()
                  ? model.hidden(rows.tokens(), rows.layout(), cache)
                  : model.hidden(rows.tokens(), cache)),
          skipped);
    }
  }

  private static boolean worthIt(Batch batch, int nodes) {
    return (batch.trees().size() - 1) * (double) nodes > WORTH_SHARING * batch.tokens();
  }

  /** The nodes of the beginning that the cache holds, if all of them begin the batch. */
  private int known(Batch batch) {
    int held = Math.toIntExact(beginning.length());
    return begun != null
            && InputTree.common(begun, batch.trees().getFirst(), batch.common()) >= held
        ? held
        : 0;
  }

  private void begin(InputTree tree, int nodes) {
    beginning.clear();
    begun = tree;
    long[] tokens = new long[nodes];
    for (int i = 0; i < nodes; i++) {
      tokens[i] = tree.token(i);
    }
    computed += nodes;
    try (var _ = TensorScope.open()) {
      model.hidden(Tensor.create(tokens).unsqueeze(0), beginning);
    }
  }

  private KvCache copies(int count) {
    try (var _ = TensorScope.open()) {
      return beginning.select(Tensor.create(new long[count]));
    }
  }

  @Override
  public void close() {
    beginning.close();
  }
}
