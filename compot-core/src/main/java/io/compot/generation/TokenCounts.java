package io.compot.generation;

import java.util.HashMap;
import java.util.Map;
import java.util.function.IntConsumer;

/** How often each token of prompt and text was seen. */
public final class TokenCounts {

  private final Map<Integer, int[]> counts = new HashMap<>();

  /** Of these tokens. */
  public static TokenCounts of(long[] tokens) {
    var counts = new TokenCounts();
    for (long token : tokens) {
      counts.add((int) token);
    }
    return counts;
  }

  /** One more of this token. */
  public void add(int token) {
    counts.computeIfAbsent(token, _ -> new int[1])[0]++;
  }

  /** Times that a token was seen. */
  public int of(int token) {
    int[] count = counts.get(token);
    return count == null ? 0 : count[0];
  }

  void forEach(IntConsumer token) {
    counts.keySet().forEach(token::accept);
  }
}
