package io.compot.evaluation.request;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A row of a batch: an input, and the continuations that are scored in it. Requests of one document
 * often share their input (one-letter answers differ in the last token only, which is no input), or
 * one's input begins another's: a causal model says the same in either.
 */
final class Row {

  /**
   * A continuation in a row.
   *
   * @param request index of the request in its group
   * @param end tokens of the input that stand before the last scored token
   * @param tokens those that are scored, the last ones of the continuation
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Target(int request, int end, long[] tokens, boolean cut) {

    /** Position whose logits tell of the first scored token. */
    int first() {
      return end - tokens.length;
    }
  }

  private long[] input;
  private final List<Target> targets = new ArrayList<>();

  private Row(long[] input) {
    this.input = input;
  }

  /** The rows of a group: each input once, those that begin another in that one. */
  static List<Row> of(List<TokenRequest> group, int maxLength) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < group.size(); i++) {
      TokenRequest request = group.get(i);
      long[] whole = joined(request);
      int from = Math.max(0, whole.length - maxLength - 1);
      long[] input = Arrays.copyOfRange(whole, from, whole.length - 1);
      int scored = Math.min(request.continuation().length, input.length);
      long[] tokens = Arrays.copyOfRange(whole, whole.length - scored, whole.length);
      withInput(rows, input).targets.add(new Target(i, input.length, tokens, from > 0));
    }
    return rows;
  }

  private static Row withInput(List<Row> rows, long[] input) {
    for (Row row : rows) {
      int shorter = Math.min(row.input.length, input.length);
      if (Arrays.equals(row.input, 0, shorter, input, 0, shorter)) {
        row.input = shorter < input.length ? input : row.input;
        return row;
      }
    }
    Row row = new Row(input);
    rows.add(row);
    return row;
  }

  private static long[] joined(TokenRequest request) {
    long[] whole =
        Arrays.copyOf(request.context(), request.context().length + request.continuation().length);
    System.arraycopy(
        request.continuation(), 0, whole, request.context().length, request.continuation().length);
    return whole;
  }

  long[] input() {
    return input;
  }

  List<Target> targets() {
    return targets;
  }

  /** Positions at the beginning whose logits nobody needs. */
  int unscored() {
    return targets.stream().mapToInt(Target::first).min().orElse(input.length);
  }
}
