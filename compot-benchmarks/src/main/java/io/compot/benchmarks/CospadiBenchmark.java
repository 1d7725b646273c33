package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.SparseForm;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.sparse.CospadiMethod;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * How much faster CoSpaDi's fast settings reach the error at which a {@link PlainCospadi plain
 * transcription} ends: on matrices of given shapes, or on the projections of one block of a trained
 * model. The iterations are the plain ones.
 *
 * <pre>CospadiBenchmark IN OUT ITERATIONS ... | MODEL CALIBRATION.txt BLOCK ITERATIONS</pre>
 */
public final class CospadiBenchmark {

  private static final int MOST_ITERATIONS = 200;

  private CospadiBenchmark() {}

  public static void main(String[] args) throws CompotException, IOException {
    System.out.println(
        "in out k s | plain: iterations error seconds cpu | fast: the same | ratios");
    if (args.length == 4 && !Character.isDigit(args[0].charAt(0))) {
      trained(Path.of(args[0]), Path.of(args[1]), Integer.parseInt(args[2]), args[3]);
      return;
    }
    for (int i = 0; i + 2 < args.length; i += 3) {
      seeded(Long.parseLong(args[i]), Long.parseLong(args[i + 1]), Integer.parseInt(args[i + 2]));
    }
  }

  private static void trained(Path folder, Path text, int block, String iterations)
      throws CompotException, IOException {
    try (var _ = TensorScope.open()) {
      var model = new StudiedModel(folder, text, text, 1);
      for (StudiedModel.Layer layer : model.layers) {
        if (layer.depth() == block) {
          System.out.print(layer.name() + ": ");
          Tensor weight = model.weight(layer);
          compare(weight, model.whitening(layer), Integer.parseInt(iterations));
        }
      }
    }
  }

  private static void seeded(long in, long out, int iterations) throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor weight = weight(in, out);
      Tensor x = randn(new long[] {4 * in, in}, new TensorOptions(ScalarType.Double));
      Tensor inputs = x.mm(randn(new long[] {in, in}, new TensorOptions(ScalarType.Double)));
      try (Whitening whitening = Whitening.of(inputs.t().mm(inputs), "benchmark")) {
        compare(weight, whitening, iterations);
      }
    }
  }

  private static void compare(Tensor weight, Whitening whitening, int iterations)
      throws FailureException {
    long in = weight.size(1);
    long out = weight.size(0);
    CospadiMethod fast = CospadiMethod.fast();
    var size = (SparseForm) fast.size(in, out, Dtype.BF16, 0.2).orElseThrow();
    try (var _ = TensorScope.open()) {
      Tensor target = whitening.whiten(weight).to(ScalarType.Float);
      var problem = new LayerProblem("benchmark", weight, whitening, Dtype.BF16, 1);
      var warmUp = fast.withIterations(2);
      factorise(warmUp, problem, size);

      var plainWatch = new Stopwatch();
      List<Double> plain = PlainCospadi.run(target, (int) size.k(), (int) size.s(), iterations, 1);
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

  private static List<Double> factorise(CospadiMethod method, LayerProblem problem, SparseForm size)
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
