package io.compot.benchmarks;

import io.compot.checkpoint.Checkpoint;
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
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.global.torch;

/**
 * What it saves to compute once what the requests about a question begin with. The requests of
 * tasks are scored three ways, turn by turn:
 *
 * <ul>
 *   <li>shared, as evaluations do it;
 *   <li>each by itself, in batches of like length, with logits of the continuations only;
 *   <li>as lm-evaluation-harness does it: the same, but inputs that are the same once, and logits
 *       and log-softmax of all positions.
 * </ul>
 *
 * Documents that are longer than the model takes are left out. Time is that of the processors,
 * which others on the machine change little.
 *
 * <pre>SharedPrefixBenchmark DATA MODEL f32|bf16 rounds limit task...</pre>
 */
public final class SharedPrefixBenchmark {

  /** A way to score requests. */
  @FunctionalInterface
  private interface Way {
    List<Score> score() throws CompotException;
  }

  private SharedPrefixBenchmark() {}

  public static void main(String[] arguments) throws CompotException {
    Path data = Path.of(arguments[0]);
    Path folder = Path.of(arguments[1]);
    Dtype type = arguments[2].equals("bf16") ? Dtype.BF16 : Dtype.F32;
    int rounds = Integer.parseInt(arguments[3]);
    TaskOptions options = TaskOptions.defaults().withLimit(Integer.parseInt(arguments[4]));
    try (Checkpoint checkpoint = Checkpoint.open(folder);
        TextTokenizer tokenizer = TextTokenizer.open(folder, checkpoint.config());
        var model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, type))) {
      PairEncoder encoder = ScoredModel.of(model, tokenizer, type, folder).encoder();
      int longest = model.architecture().contextLength();
      for (String task : Arrays.asList(arguments).subList(5, arguments.length)) {
        List<List<TokenRequest>> fitting =
            TaskRequests.of(task, data, options, encoder, longest).stream()
                .filter(document -> document.stream().allMatch(each -> length(each) <= longest))
                .toList();
        measure(task, model, fitting, rounds);
      }
    }
  }

  private static int length(TokenRequest request) {
    return request.context().length + request.continuation().length - 1;
  }

  private static void measure(
      String task, CausalModel model, List<List<TokenRequest>> shared, int rounds)
      throws CompotException {
    List<TokenRequest> requests = shared.stream().flatMap(List::stream).toList();
    int batch = TaskOptions.defaults().batchTokens();
    var together = new LogLikelihoods(model, model.architecture().contextLength(), batch);
    var apart = new PlainScoring(model, PlainScoring.Kind.FRUGAL, batch);
    var harness = new PlainScoring(model, PlainScoring.Kind.HARNESS, batch);
    List<Way> ways =
        List.of(
            () -> score(together, shared),
            () -> apart.score(requests),
            () -> harness.score(requests));
    List<Score> expected = ways.get(2).score();
    double largest = 0;
    for (Way way : ways.subList(0, 2)) {
      List<Score> scores = way.score();
      for (int i = 0; i < scores.size(); i++) {
        double difference = scores.get(i).logLikelihood() - expected.get(i).logLikelihood();
        largest = Math.max(largest, Math.abs(difference));
      }
    }
    long[] tokens = {together.computedTokens(), apart.computedTokens(), harness.computedTokens()};
    double[][] seconds = new double[ways.size()][rounds];
    for (int round = 0; round < rounds; round++) {
      for (int way = 0; way < ways.size(); way++) {
        var watch = new Stopwatch();
        ways.get(way).score();
        seconds[way][round] = watch.elapsed().processors();
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %d documents, %d requests, %d threads%n",
        task,
        shared.size(),
        requests.size(),
        torch.get_num_threads());
    List<String> names = List.of("shared", "each by itself", "as the harness");
    for (int way = 0; way < ways.size(); way++) {
      System.out.printf(
          Locale.ROOT,
          "  %-15s %8d tokens, %.2f times; %.2f s, %.2f times%n",
          names.get(way),
          tokens[way],
          (double) tokens[way] / tokens[0],
          median(seconds[way]),
          median(seconds[way]) / median(seconds[0]));
    }
    System.out.printf(Locale.ROOT, "  log-likelihoods differ by at most %.1e%n", largest);
  }

  private static List<Score> score(LogLikelihoods scorer, List<List<TokenRequest>> groups)
      throws CompotException {
    return scorer.score(groups, (_, _) -> {}).stream().flatMap(List::stream).toList();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
