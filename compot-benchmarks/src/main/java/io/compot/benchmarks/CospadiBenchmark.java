package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.error.FailureException;
import io.compot.factor.SparseSize;
import io.compot.method.CospadiMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How much faster CoSpaDi's fast settings reach the error at which a {@link PlainCospadi plain
 * transcription} ends. Arguments: any number of {@code IN OUT ITERATIONS}, the iterations being the
 * plain ones.
 */
public final class CospadiBenchmark {

  private static final int MOST_ITERATIONS = 200;

  private CospadiBenchmark() {}

  public static void main(String[] args) throws FailureException {
    String[] runs = args.length > 0 ? args : new String[] {"256", "256", "60", "512", "512", "10"};
    System.out.println(
        "in out k s | plain: iterations error seconds cpu | fast: the same | ratios");
    for (int i = 0; i + 2 < runs.length; i += 3) {
      compare(Long.parseLong(runs[i]), Long.parseLong(runs[i + 1]), Integer.parseInt(runs[i + 2]));
    }
  }

  private static void compare(long in, long out, int iterations) throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor weight = weight(in, out);
      Tensor x = randn(new long[] {4 * in, in}, new TensorOptions(ScalarType.Double));
      Tensor inputs = x.mm(randn(new long[] {in, in}, new TensorOptions(ScalarType.Double)));
      CospadiMethod fast = CospadiMethod.fast();
      var size = (SparseSize) fast.size(in, out, 16, 0.2).orElseThrow();
      try (Whitening whitening = Whitening.of(inputs.t().mm(inputs), "benchmark")) {
        Tensor target = whitening.whiten(weight).to(ScalarType.Float);
        var problem = new LayerProblem("benchmark", weight, whitening, Dtype.BF16, 1);
        var warmUp = fast.withIterations(2);
        factorise(warmUp, problem, size);

        var plainWatch = new Stopwatch();
        List<Double> plain =
            PlainCospadi.run(target, (int) size.k(), (int) size.s(), iterations, 1);
        Stopwatch.Time plainTime = plainWatch.elapsed();
        double goal = plain.getLast();

        List<Double> errors = factorise(fast.withIterations(MOST_ITERATIONS), problem, size);
        int needed = 1;
        while (needed < errors.size() && errors.get(needed - 1) > goal) {
          needed++;
        }
        var fastWatch = new Stopwatch();
        double reached = factorise(fast.withIterations(needed), problem, size).getLast();
        Stopwatch.Time fastTime = fastWatch.elapsed();
        System.out.printf(
            Locale.ROOT,
            "%d %d %d %d | %d %.5f %.2f %.2f | %d %.5f %.2f %.2f | %.1fx wall, %.1fx cpu%n",
            in,
            out,
            size.k(),
            size.s(),
            iterations,
            goal,
            plainTime.clock(),
            plainTime.processors(),
            needed,
            reached,
            fastTime.clock(),
            fastTime.processors(),
            plainTime.clock() / fastTime.clock(),
            plainTime.processors() / fastTime.processors());
      }
    }
  }

  private static List<Double> factorise(CospadiMethod method, LayerProblem problem, SparseSize size)
      throws FailureException {
    try (Factorisation found = method.factorise(problem, size)) {
      return found.iterationErrors();
    }
  }

  /** Heavy-tailed entries on a decaying spectrum, as trained weights have. */
  private static Tensor weight(long in, long out) {
    try (var scope = TensorScope.open()) {
      manual_seed(1);
      var options = new TensorOptions(ScalarType.Double);
      long rank = Math.min(in, out) / 4;
      Tensor structure =
          randn(new long[] {out, rank}, options).mm(randn(new long[] {rank, in}, options));
      Tensor tails = randn(new long[] {out, in}, options);
      tails.mul_(tails.square());
      double share = Math.sqrt((double) rank);
      return scope.keep(structure.div_(new Scalar(share)).add_(tails.mul_(new Scalar(0.2))));
    }
  }
}
