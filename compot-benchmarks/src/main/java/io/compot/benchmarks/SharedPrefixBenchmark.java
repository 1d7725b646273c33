package io.compot.benchmarks;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.TextTokenizer;
import io.compot.error.CompotException;
import io.compot.evaluation.request.LogLikelihoods;
import io.compot.evaluation.request.PairEncoder;
import io.compot.evaluation.request.Score;
import io.compot.evaluation.request.ScoredModel;
import io.compot.evaluation.request.TokenRequest;
import io.compot.evaluation.task.TaskOptions;
import io.compot.evaluation.task.TaskRequests;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.tensor.Dtype;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What it saves to compute the context of a question once for all of its answers: the requests of
 * tasks scored with it, and each by itself (in length-sorted batches as well), turn by turn. Time
 * is that of the processor, which others on the machine change little.
 *
 * <pre>SharedPrefixBenchmark DATA MODEL rounds limit task...</pre>
 */
public final class SharedPrefixBenchmark {

  private SharedPrefixBenchmark() {}

  public static void main(String[] arguments) throws CompotException {
    Path data = Path.of(arguments[0]);
    Path folder = Path.of(arguments[1]);
    int rounds = Integer.parseInt(arguments[2]);
    TaskOptions options = TaskOptions.defaults().withLimit(Integer.parseInt(arguments[3]));
    try (Checkpoint checkpoint = Checkpoint.open(folder);
        TextTokenizer tokenizer = TextTokenizer.open(folder, checkpoint.config());
        var model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32))) {
      PairEncoder encoder = ScoredModel.of(model, tokenizer, Dtype.F32, folder).encoder();
      int longest = model.architecture().contextLength();
      for (String task : Arrays.asList(arguments).subList(4, arguments.length)) {
        measure(task, model, TaskRequests.of(task, data, options, encoder, longest), rounds);
      }
    }
  }

  private static void measure(
      String task, CausalModel model, List<List<TokenRequest>> shared, int rounds)
      throws CompotException {
    List<List<TokenRequest>> single = shared.stream().flatMap(List::stream).map(List::of).toList();
    LogLikelihoods together = scorer(model);
    score(together, shared);
    LogLikelihoods apart = scorer(model);
    score(apart, single);
    double[] with = new double[rounds];
    double[] without = new double[rounds];
    double largest = 0;
    for (int round = 0; round < rounds; round++) {
      double start = processorSeconds();
      List<Score> ours = score(scorer(model), shared);
      with[round] = processorSeconds() - start;
      start = processorSeconds();
      List<Score> plain = score(scorer(model), single);
      without[round] = processorSeconds() - start;
      for (int i = 0; i < ours.size(); i++) {
        double difference = ours.get(i).logLikelihood() - plain.get(i).logLikelihood();
        largest = Math.max(largest, Math.abs(difference));
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%-12s %5d documents, %6d requests: shared %.2f s, each by itself %.2f s, %.2f times;"
            + " tokens %d and %d, %.2f times; log-likelihoods differ by at most %.1e%n",
        task,
        shared.size(),
        single.size(),
        median(with),
        median(without),
        median(without) / median(with),
        together.computedTokens(),
        apart.computedTokens(),
        (double) apart.computedTokens() / together.computedTokens(),
        largest);
  }

  private static LogLikelihoods scorer(CausalModel model) {
    return new LogLikelihoods(
        model, model.architecture().contextLength(), TaskOptions.defaults().batchTokens());
  }

  private static List<Score> score(LogLikelihoods scorer, List<List<TokenRequest>> groups)
      throws CompotException {
    List<Score> all = new ArrayList<>();
    scorer.score(groups, _ -> {}).forEach(all::addAll);
    return all;
  }

  private static double processorSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() * 1e-9;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
