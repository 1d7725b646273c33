package io.compot.evaluation.request;

import io.compot.model.TokenTrees;
import io.compot.tensor.TensorScope;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Trees as the rows of a forward pass, padded on the right. */
final class TreeRows {

  private final List<InputTree> trees;
  private final int skipped;
  private final int width;
  private final Tensor tokens;

  /**
   * Rows of the trees, in the caller's scope.
   *
   * @param skipped nodes at the beginning of each that a cache holds
   */
  TreeRows(List<InputTree> trees, int skipped) {
    this.trees = trees;
    this.skipped = skipped;
    width = trees.stream().mapToInt(InputTree::size).max().orElseThrow() - skipped;
    long[] all = new long[trees.size() * width];
    for (int row = 0; row < trees.size(); row++) {
      InputTree tree = trees.get(row);
      for (int node = skipped; node < tree.size(); node++) {
        all[row * width + node - skipped] = tree.token(node);
      }
    }
    try (var scope = TensorScope.open()) {
      tokens = scope.keep(Tensor.create(all).view(trees.size(), width));
    }
  }

  /** I64 [trees, nodes]. */
  Tensor tokens() {
    return tokens;
  }

  /** Whether a tree is more than a sequence. */
  boolean branch() {
    return trees.stream().anyMatch(tree -> tree.size() > tree.depth());
  }

  /** How the nodes hang together, in the caller's scope. */
  TokenTrees layout() {
    int trunk = trees.stream().mapToInt(InputTree::depth).min().orElseThrow() - skipped;
    int end = trees.stream().mapToInt(InputTree::depth).max().orElseThrow();
    int seen = skipped + width;
    int rest = width - trunk;
    long[] positions = new long[trees.size() * width];
    float[] mask = new float[trees.size() * rest * seen];
    Arrays.fill(mask, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < trees.size(); row++) {
      InputTree tree = trees.get(row);
      int[] depths = new int[tree.size()];
      for (int node = 0; node < tree.size(); node++) {
        depths[node] = node == 0 ? 0 : depths[tree.parent(node)] + 1;
        if (node >= skipped) {
          positions[row * width + node - skipped] = depths[node];
        }
      }
      for (int i = trunk; i < width; i++) {
        int start = (row * rest + i - trunk) * seen;
        mask[start + skipped + i] = 0; // padding, too, must see something
        for (int node = skipped + i; node >= 0 && node < tree.size(); node = tree.parent(node)) {
          mask[start + node] = 0;
        }
      }
    }
    try (var scope = TensorScope.open()) {
      return new TokenTrees(
          scope.keep(Tensor.create(positions).view(trees.size(), width)),
          scope.keep(Tensor.create(mask).view(trees.size(), 1, rest, seen)),
          trunk,
          end);
    }
  }
}
