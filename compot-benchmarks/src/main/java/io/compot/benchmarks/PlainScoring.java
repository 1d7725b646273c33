package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.evaluation.request.Score;
import io.compot.evaluation.request.TokenRequest;
import io.compot.model.CausalModel;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Requests scored without sharing: each input is a row of its own, in padded batches, longest
 * first. Inputs must fit the model.
 */
final class PlainScoring {

  /** What else is left out, or not. */
  enum Kind {
    /** Every request is a row, and logits are those of the continuation. */
    FRUGAL,
    /**
     * As {@code HFLM._loglikelihood_tokens} of lm-evaluation-harness 0.4.9: inputs that are the
     * same are one row, and logits and their log-softmax are of all positions.
     */
    HARNESS
  }

  /** Rows that a batch may have whatever their lengths. */
  private static final int FEW = 8;

  /** Part of the longest row that another one of a larger batch is long. */
  private static final double ALIKE = 0.9;

  private final CausalModel model;
  private final Kind kind;
  private final int batchTokens;
  private long computed;

  /**
   * Scoring by one model.
   *
   * @param batchTokens most tokens of a batch, padding included
   */
  PlainScoring(CausalModel model, Kind kind, int batchTokens) {
    this.model = model;
    this.kind = kind;
    this.batchTokens = batchTokens;
  }

  /** Tokens run through the blocks by the last {@link #score}, padding included. */
  long computedTokens() {
    return computed;
  }

  /** A row, and the requests that it answers. */
  private record Line(List<Long> input, List<Integer> requests) {}

  List<Score> score(List<TokenRequest> requests) {
    List<Line> lines = lines(requests);
    Score[] scores = new Score[requests.size()];
    computed = 0;
    int from = 0;
    while (from < lines.size()) {
      int width = lines.get(from).input().size();
      int to = from + 1;
      while (to < lines.size()
          && (to - from + 1L) * width <= batchTokens
          && (to - from < FEW || lines.get(to).input().size() >= ALIKE * width)) {
        to++;
      }
      score(lines.subList(from, to), width, requests, scores);
      computed += (to - from) * (long) width;
      from = to;
    }
    return List.of(scores);
  }

  private List<Line> lines(List<TokenRequest> requests) {
    List<Line> lines = new ArrayList<>();
    Map<List<Long>, Line> known = new LinkedHashMap<>();
    for (int i = 0; i < requests.size(); i++) {
      List<Long> input = input(requests.get(i));
      Line line = kind == Kind.HARNESS ? known.get(input) : null;
      if (line == null) {
        line = new Line(input, new ArrayList<>());
        lines.add(line);
        known.put(input, line);
      }
      line.requests().add(i);
    }
    lines.sort(Comparator.comparingInt(line -> -line.input().size()));
    return lines;
  }

  private static List<Long> input(TokenRequest request) {
    return LongStream.concat(
            LongStream.of(request.context()), LongStream.of(request.continuation()))
        .limit(request.context().length + request.continuation().length - 1L)
        .boxed()
        .toList();
  }

  private void score(List<Line> batch, int width, List<TokenRequest> requests, Score[] scores) {
    try (var _ = TensorScope.open()) {
      Tensor hidden =
          model.hidden(Tensor.create(padded(batch, width)).view(batch.size(), width), null);
      if (kind == Kind.HARNESS) {
        Tensor logProbabilities = log_softmax(model.logitsOf(hidden), -1).flatten(0, 1);
        eachEnd(
            batch,
            width,
            requests,
            (request, first, count) ->
                scores[request] =
                    score(
                        logProbabilities.narrow(0, first, count),
                        requests.get(request).continuation()));
      } else {
        Tensor rows = hidden.flatten(0, 1);
        List<Tensor> ends = new ArrayList<>();
        eachEnd(
            batch, width, requests, (_, first, count) -> ends.add(rows.narrow(0, first, count)));
        Tensor scored = cat(new TensorVector(ends.toArray(Tensor[]::new)), 0);
        Tensor logProbabilities = log_softmax(model.logitsOf(scored), -1);
        long[] done = {0};
        eachEnd(
            batch,
            width,
            requests,
            (request, _, count) -> {
              scores[request] =
                  score(
                      logProbabilities.narrow(0, done[0], count),
                      requests.get(request).continuation());
              done[0] += count;
            });
      }
    }
  }

  /** Takes where the positions stand that tell of a request's continuation. */
  @FunctionalInterface
  private interface End {
    void at(int request, long first, int count);
  }

  private static void eachEnd(
      List<Line> batch, int width, List<TokenRequest> requests, End receiver) {
    for (int row = 0; row < batch.size(); row++) {
      int length = batch.get(row).input().size();
      for (int request : batch.get(row).requests()) {
        int count = requests.get(request).continuation().length;
        receiver.at(request, (long) row * width + length - count, count);
      }
    }
  }

  private static long[] padded(List<Line> batch, int width) {
    return batch.stream()
        .map(Line::input)
        .flatMapToLong(
            input -> LongStream.range(0, width).map(i -> i < input.size() ? input.get((int) i) : 0))
        .toArray();
  }

  private static Score score(Tensor logProbabilities, long[] continuation) {
    try (var _ = TensorScope.open()) {
      Tensor wanted = Tensor.create(continuation);
      boolean greedy = logProbabilities.argmax(new LongOptional(-1), false).equal(wanted);
      double sum = logProbabilities.gather(1, wanted.unsqueeze(1)).sum().item_double();
      return new Score(sum, greedy, false);
    }
  }
}
