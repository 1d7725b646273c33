package io.compot.evaluation.request;

import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.error.FailureException;
import io.compot.error.StoppedException;
import io.compot.model.CausalModel;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Log-likelihoods of continuations as lm-evaluation-harness 0.4.9 computes them ({@code
 * HFLM._loglikelihood_tokens}): the input is context and continuation without the last token, cut
 * from the left where it is longer than the model takes. Two differences: log-softmax is always in
 * F32, and a continuation longer than the model takes is scored as far as it fits, where the
 * harness stops; {@link Score#cut} tells.
 */
public final class LogLikelihoods {

  /** Logits held at once: 64 MiB of F32. */
  private static final long LOGITS_AT_ONCE = 1L << 24;

  private final CausalModel model;
  private final int maxLength;
  private final int batchTokens;
  private long computed;

  /**
   * Scores by one model.
   *
   * @param maxLength longest input, at most the model's context
   * @param batchTokens most tokens that go through the model together
   */
  public LogLikelihoods(CausalModel model, int maxLength, int batchTokens) {
    this.model = model;
    this.maxLength = maxLength;
    this.batchTokens = batchTokens;
  }

  /** Tokens run through the blocks so far, padding included. */
  public long computedTokens() {
    return computed;
  }

  /** Longest input. */
  public int maxLength() {
    return maxLength;
  }

  /**
   * Scores requests.
   *
   * @param groups requests that belong together and share a beginning, usually the choices of a
   *     document
   * @param progress hears how many groups are done, and which part of the work
   * @return a score for each request, in order
   * @throws FailureException where the model computes NaN
   */
  public List<List<Score>> score(List<List<TokenRequest>> groups, ScoringProgress progress)
      throws FailureException {
    try {
      return score(groups, progress, StopRequest.never());
    } catch (StoppedException e) {
      throw new IllegalStateException("nobody asked to stop", e);
    }
  }

  /**
   * Scores requests, and looks after each batch whether to stop.
   *
   * @throws StoppedException where stopping is wanted
   */
  public List<List<Score>> score(
      List<List<TokenRequest>> groups, ScoringProgress progress, StopRequest stop)
      throws FailureException, StoppedException {
    List<InputTree> trees = new ArrayList<>();
    List<Score[]> scores = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      trees.addAll(InputTree.of(i, groups.get(i), maxLength));
      scores.add(new Score[groups.get(i).size()]);
    }
    try (var forward = new BatchForward(model);
        var _ = SmallProducts.inOneThread(model.architecture())) {
      List<Batch> batches = Batch.of(trees, batchTokens);
      double whole = batches.stream().mapToLong(Batch::work).sum();
      long worked = 0;
      for (Batch batch : batches) {
        stop.check();
        try (var _ = TensorScope.open()) {
          BatchForward.Output output = forward.run(batch);
          Tensor hidden = output.hidden();
          var plan = new ScoringPlan(batch.trees(), (int) hidden.size(1), output.skipped());
          score(plan, hidden.reshape(-1, hidden.size(2)));
          plan.collect(scores);
        }
        worked += batch.work();
        int done = done(scores);
        if (done > 0) {
          progress.scored(done, worked / whole);
        }
      }
      computed += forward.computed();
    }
    return scores.stream().map(List::of).toList();
  }

  private static int done(List<Score[]> scores) {
    return (int) scores.stream().filter(each -> Stream.of(each).allMatch(Objects::nonNull)).count();
  }

  private void score(ScoringPlan plan, Tensor hidden) throws FailureException {
    int atOnce = (int) Math.max(1, LOGITS_AT_ONCE / model.architecture().vocabularySize());
    for (int from = 0; from < plan.positions(); from += atOnce) {
      chunk(hidden, plan, from, Math.min(plan.positions(), from + atOnce));
    }
  }

  private void chunk(Tensor hidden, ScoringPlan plan, int from, int to) throws FailureException {
    try (var _ = TensorScope.open();
        var single = new ScalarTypeOptional(ScalarType.Float)) {
      Tensor places = Tensor.create(plan.places(from, to));
      Tensor logits = model.logitsOf(hidden.index_select(0, places));
      Tensor logProbabilities = log_softmax(logits, -1, single);
      long[] likeliest = longs(logits.argmax(new LongOptional(-1), false));
      long width = logProbabilities.size(1);
      Tensor wanted = Tensor.create(plan.wanted(from, to, width));
      float[] values = floats(logProbabilities.reshape(-1).index_select(0, wanted));
      for (float value : values) {
        if (Float.isNaN(value)) {
          throw new FailureException(
              "the model computes NaN; compute in f32, or check that the checkpoint is sound");
        }
      }
      plan.fill(from, to, values, likeliest);
    }
  }

  private static long[] longs(Tensor tensor) {
    long[] values = new long[(int) tensor.numel()];
    tensor.contiguous().data_ptr_long().get(values);
    return values;
  }

  private static float[] floats(Tensor tensor) {
    float[] values = new float[(int) tensor.numel()];
    tensor.contiguous().data_ptr_float().get(values);
    return values;
  }
}
