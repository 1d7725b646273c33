package io.compot.benchmarks;

import io.compot.error.FailureException;
import io.compot.form.SparseForm;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.sparse.CompotMethod;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Seconds of one COMPOT factorisation at ratio 0.2, beside its matrix products alone and beside a
 * plain transcription of the paper, interleaved in one run: trust the ratios, not the seconds.
 *
 * <pre>FactorisationBenchmark [rounds [iterations [in x out ...]]]</pre>
 */
public final class FactorisationBenchmark {

  private FactorisationBenchmark() {}

  public static void main(String[] arguments) throws FailureException {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
    int iterations = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 20;
    String[] shapes =
        arguments.length > 2
            ? Arrays.copyOfRange(arguments, 2, arguments.length)
            : new String[] {"2048x2048", "2048x8192"};
    System.out.printf(
        Locale.ROOT,
        "%d threads, ratio 0.2, k/s 2, %d iterations, %d interleaved rounds, median seconds%n",
        torch.get_num_threads(),
        iterations,
        rounds);
    for (String shape : shapes) {
      String[] sides = shape.split("x", 2);
      measure(Long.parseLong(sides[0]), Long.parseLong(sides[1]), rounds, iterations);
    }
  }

  private static void measure(long in, long out, int rounds, int iterations)
      throws FailureException {
    SparseForm size = SparseForm.within(in, out, Dtype.BF16, 0.2, 2).orElseThrow();
    CompotMethod method = CompotMethod.paper().withIterations(iterations);
    double[] ours = new double[rounds];
    double[] pushed = new double[rounds];
    double[] products = new double[rounds];
    double[] plain = new double[rounds];
    double ourError = 0;
    double pushedError = 0;
    double plainError = 0;
    try (var _ = TensorScope.open()) {
      Tensor weight = RealisticLayer.weight(in, out, 1);
      try (Whitening whitening = Whitening.of(RealisticLayer.gram(in, 2), "benchmark")) {
        var problem = new LayerProblem("benchmark", weight, whitening, Dtype.F32, 0);
        for (int round = 0; round < rounds; round++) {
          long start = System.nanoTime();
          products[round] = PlainCompot.productsAlone(weight, whitening, size, iterations);
          start = System.nanoTime();
          try (Factorisation found = method.factorise(problem, size)) {
            ours[round] = (System.nanoTime() - start) * 1e-9;
            ourError = found.whitenedError().orElseThrow();
          }
          start = System.nanoTime();
          try (Factorisation found = method.withMomentum(0.5).factorise(problem, size)) {
            pushed[round] = (System.nanoTime() - start) * 1e-9;
            pushedError = found.whitenedError().orElseThrow();
          }
          start = System.nanoTime();
          plainError = PlainCompot.factorise(weight, whitening, size, iterations);
          plain[round] = (System.nanoTime() - start) * 1e-9;
        }
      }
    }
    double a = median(products);
    double us = median(ours);
    double b = median(plain);
    System.out.printf(Locale.ROOT, "%nin %d, out %d: k %d, s %d%n", in, out, size.k(), size.s());
    row("matrix products alone (a)", a, Double.NaN);
    row("Compot", us, ourError);
    row("Compot, momentum 0.5", median(pushed), pushedError);
    row("plain transcription (b)", b, plainError);
    System.out.printf(
        Locale.ROOT,
        "Compot / (a) %.2f   (b) / Compot %.2f   error / error of (b) %.4f%n",
        us / a,
        b / us,
        ourError / plainError);
  }

  private static void row(String name, double seconds, double error) {
    String shown = Double.isNaN(error) ? "" : "relative whitened error %.5f".formatted(error);
    System.out.printf(Locale.ROOT, "%-28s %8.3f   %s%n", name, seconds, shown);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
