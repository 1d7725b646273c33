package io.compot.evaluation.request;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Trees that go through the model together, a row each.
 *
 * @param trees the largest first
 * @param common nodes at the beginning that are the same in all of them (few-shot examples)
 */
record Batch(List<InputTree> trees, int common) {

  /**
   * What a forward pass costs beside its tokens, in tokens: some fifty for models of a few hundred
   * thousand weights, a handful for those of billions.
   */
  private static final long PASS = 32;

  /**
   * Batches that cost the least in all, padding and passes together.
   *
   * @param tokens most tokens of a batch, rows times largest tree; one tree always fits
   */
  static List<Batch> of(List<InputTree> trees, int tokens) {
    List<InputTree> sorted = new ArrayList<>(trees);
    sorted.sort(
        Comparator.comparingInt(InputTree::size).thenComparingInt(InputTree::depth).reversed());
    int count = sorted.size();
    long[] least = new long[count + 1];
    int[] from = new int[count + 1];
    for (int to = 1; to <= count; to++) {
      least[to] = Long.MAX_VALUE;
      for (int first = to - 1; first >= 0; first--) {
        long padded = (long) (to - first) * sorted.get(first).size();
        if (padded > tokens && first < to - 1) {
          break;
        }
        if (least[first] + padded + PASS < least[to]) {
          least[to] = least[first] + padded + PASS;
          from[to] = first;
        }
      }
    }
    Deque<Batch> batches = new ArrayDeque<>();
    for (int to = count; to > 0; to = from[to]) {
      batches.addFirst(of(List.copyOf(sorted.subList(from[to], to))));
    }
    return List.copyOf(batches);
  }

  private static Batch of(List<InputTree> trees) {
    int common = trees.stream().mapToInt(InputTree::shared).min().orElse(0);
    for (InputTree tree : trees) {
      common = InputTree.common(trees.getFirst(), tree, common);
    }
    return new Batch(trees, common);
  }

  /** What it costs, in tokens. */
  long work() {
    return tokens() + PASS;
  }

  /** Rows times largest tree. */
  long tokens() {
    return (long) trees.size() * trees.getFirst().size();
  }
}
