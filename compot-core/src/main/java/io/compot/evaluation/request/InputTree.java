package io.compot.evaluation.request;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Inputs of one document's requests that begin alike, as a tree: a token behind the same tokens
 * stands in it once, as a causal model says the same of it wherever it comes from. The longest
 * input is the first nodes, and every node stands behind its parent.
 */
final class InputTree {

  /**
   * A continuation that is scored in the tree.
   *
   * @param group index of the document
   * @param request index of the request in it
   * @param nodes whose logits tell of its tokens, in order
   * @param tokens those that are scored, the last ones of the continuation
   * @param cut whether tokens had to go from the left to fit the model
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Target(int group, int request, int[] nodes, long[] tokens, boolean cut) {}

  /** A node that a token leads to. */
  private record Step(int from, long token) {}

  /** A request's input and what is scored behind it. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Input(int request, long[] tokens, long[] scored, boolean cut) {

    static Input of(int request, TokenRequest asked, int maxLength) {
      long[] whole =
          Arrays.copyOf(asked.context(), asked.context().length + asked.continuation().length);
      System.arraycopy(
          asked.continuation(), 0, whole, asked.context().length, asked.continuation().length);
      int from = Math.max(0, whole.length - maxLength - 1);
      long[] tokens = Arrays.copyOfRange(whole, from, whole.length - 1);
      int scored = Math.min(asked.continuation().length, tokens.length);
      return new Input(
          request,
          tokens,
          Arrays.copyOfRange(whole, whole.length - scored, whole.length),
          from > 0);
    }
  }

  private static final int ROOT = -1;

  /** Part of an input that must stand in a tree already for the rest to grow there. */
  private static final double LEAST_COMMON = 0.1;

  /** Nodes from which on attention over all branches costs more than sharing saves. */
  private static final int MOST_NODES = 2048;

  private final List<Target> targets = new ArrayList<>();
  private final Map<Step, Integer> steps = new HashMap<>();
  private long[] tokens;
  private int[] parents;
  private int size;
  private final int depth;
  private int shared;

  private InputTree(int longest) {
    tokens = new long[longest];
    parents = new int[longest];
    depth = longest;
    shared = longest - 1;
  }

  /**
   * The trees of a document.
   *
   * @param group index of the document
   * @param maxLength longest input
   */
  static List<InputTree> of(int group, List<TokenRequest> requests, int maxLength) {
    List<InputTree> trees = new ArrayList<>();
    IntStream.range(0, requests.size())
        .mapToObj(i -> Input.of(i, requests.get(i), maxLength))
        .sorted(Comparator.comparingInt(input -> -input.tokens().length))
        .forEach(input -> add(trees, group, input));
    return trees;
  }

  private static void add(List<InputTree> trees, int group, Input input) {
    int length = input.tokens().length;
    for (InputTree tree : trees) {
      int common = tree.common(input.tokens());
      if (common == length
          || (common >= LEAST_COMMON * length && tree.size + length - common <= MOST_NODES)) {
        tree.add(group, input);
        return;
      }
    }
    var tree = new InputTree(length);
    tree.add(group, input);
    trees.add(tree);
  }

  /** How many tokens at its beginning the tree has already. */
  private int common(long[] input) {
    int node = ROOT;
    for (int i = 0; i < input.length; i++) {
      Integer next = steps.get(new Step(node, input[i]));
      if (next == null) {
        return i;
      }
      node = next;
    }
    return input.length;
  }

  private void add(int group, Input input) {
    int[] path = new int[input.tokens().length];
    int node = ROOT;
    for (int i = 0; i < path.length; i++) {
      Integer next = steps.get(new Step(node, input.tokens()[i]));
      node = next == null ? grow(node, input.tokens()[i]) : next;
      path[i] = node;
    }
    int[] nodes = Arrays.copyOfRange(path, path.length - input.scored().length, path.length);
    shared = Math.min(shared, nodes[0]);
    targets.add(new Target(group, input.request(), nodes, input.scored(), input.cut()));
  }

  private int grow(int parent, long token) {
    if (size == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * size);
      parents = Arrays.copyOf(parents, 2 * size);
    }
    if (parent != size - 1) {
      shared = Math.min(shared, parent + 1);
    }
    tokens[size] = token;
    parents[size] = parent;
    steps.put(new Step(parent, token), size);
    return size++;
  }

  /** Nodes. */
  int size() {
    return size;
  }

  /** Tokens of the longest input, which are the first nodes. */
  int depth() {
    return depth;
  }

  /** First nodes that all inputs begin with and whose logits nobody needs; not all nodes. */
  int shared() {
    return shared;
  }

  /** The token of a node. */
  long token(int node) {
    return tokens[node];
  }

  /** The node before a node, -1 before the first. */
  int parent(int node) {
    return parents[node];
  }

  List<Target> targets() {
    return targets;
  }

  /** How many first nodes two trees have in common, at most so many. */
  static int common(InputTree a, InputTree b, int most) {
    int limit = Math.min(most, Math.min(a.depth, b.depth));
    int mismatch = Arrays.mismatch(a.tokens, 0, limit, b.tokens, 0, limit);
    return mismatch < 0 ? limit : mismatch;
  }
}
