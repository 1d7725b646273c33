package io.compot.generation.grammar;

import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;

/** The tokens of a vocabulary by the bytes that they stand for. */
public final class TokenTree {

  private final byte[][] bytes;
  private final Node root;

  /** Tokens with a common beginning. */
  private static final class Node {

    /** That are this beginning and no more. */
    private final int[] tokens;

    /** Bytes behind it, ascending. */
    private final byte[] values;

    /** What begins with each. */
    private final Node[] next;

    private Node(int[] tokens, byte[] values, Node[] next) {
      this.tokens = tokens;
      this.values = values;
      this.next = next;
    }
  }

  /**
   * Makes one.
   *
   * @param bytes of each token; none of one that is no text, which is never allowed
   */
  public TokenTree(byte[][] bytes) {
    this.bytes = bytes.clone();
    int[] order =
        IntStream.range(0, bytes.length)
            .filter(token -> bytes[token].length > 0)
            .boxed()
            .sorted((a, b) -> Arrays.compareUnsigned(bytes[a], bytes[b]))
            .mapToInt(Integer::intValue)
            .toArray();
    this.root = node(order, 0, order.length, 0);
  }

  /** Of the tokens from one place of the order to another, which have the first bytes in common. */
  private Node node(int[] order, int from, int to, int depth) {
    int here = from;
    while (here < to && bytes[order[here]].length == depth) {
      here++;
    }
    int[] starts =
        IntStream.range(here, to)
            .filter(i ->
                i == from
                    || bytes[order[i - 1]].length == depth
                    || bytes[order[i - 1]][depth] != bytes[order[i]][depth])
            .toArray();
    byte[] values = new byte[starts.length];
    Node[] next = new Node[starts.length];
    for (int i = 0; i < starts.length; i++) {
      values[i] = bytes[order[starts[i]]][depth];
      int end = i + 1 < starts.length ? starts[i + 1] : to;
      next[i] = node(order, starts[i], end, depth + 1);
    }
    return new Node(Arrays.copyOfRange(order, from, here), values, next);
  }

  /** What a token stands for; not to be changed. */
  byte[] bytes(int token) {
    return bytes[token];
  }

  /** The tokens that may follow. */
  BitSet allowed(Reached from) {
    var found = new BitSet(bytes.length);
    collect(root, from, found);
    return found;
  }

  private static void collect(Node node, Reached reached, BitSet found) {
    for (int token : node.tokens) {
      found.set(token);
    }
    for (int i = 0; i < node.next.length; i++) {
      Reached behind = reached.advance(node.values[i] & 0xFF);
      if (!behind.isLost()) {
        collect(node.next[i], behind, found);
      }
    }
  }
}
