package io.compot.evaluation.request;

import java.util.Arrays;
import java.util.List;

/**
 * The requests about one document.
 *
 * @param index its place among the groups asked about
 * @param shared tokens at the beginning that all rows have in common and whose logits nobody needs
 * @param longest tokens of the longest input
 */
record Group(int index, int requests, List<Row> rows, int shared, int longest) {

  static Group of(int index, List<TokenRequest> requests, int maxLength) {
    List<Row> rows = Row.of(requests, maxLength);
    int shared = rows.stream().mapToInt(Row::unscored).min().orElse(0);
    for (Row row : rows) {
      shared = common(rows.getFirst().input(), row.input(), shared);
    }
    int longest = rows.stream().mapToInt(row -> row.input().length).max().orElse(0);
    return new Group(index, requests.size(), rows, shared, longest);
  }

  /** An input of the group; all of them begin with the shared tokens. */
  long[] input() {
    return rows.getFirst().input();
  }

  /** How many tokens two inputs have in common at the beginning, at most so many. */
  static int common(long[] a, long[] b, int most) {
    int limit = Math.min(most, Math.min(a.length, b.length));
    int mismatch = Arrays.mismatch(a, 0, limit, b, 0, limit);
    return mismatch < 0 ? limit : mismatch;
  }
}
