package io.compot.benchmarks;

import io.compot.error.CompotException;
import io.compot.quantise.Feedback;
import io.compot.quantise.Gptq;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeLibraries;
import io.compot.tensor.TensorScope;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Seconds of GPTQ at 4 bits in groups of 128, beside its matrix products alone (those that carry
 * errors from block to block) and the decomposition that projections with the same input share,
 * interleaved in one run: trust the ratios, not the seconds.
 *
 * <pre>GptqBenchmark [rounds [in x out ...]]</pre>
 */
public final class GptqBenchmark {

  private static final long BLOCK = 128;

  private GptqBenchmark() {}

  public static void main(String[] arguments) throws CompotException {
    NativeLibraries.load();
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 3;
    String[] shapes =
        arguments.length > 1
            ? Arrays.copyOfRange(arguments, 1, arguments.length)
            : new String[] {"2048x8192", "8192x2048"};
    System.out.printf(
        Locale.ROOT,
        "%d threads, %d interleaved rounds, least seconds%n",
        torch.get_num_threads(),
        rounds);
    for (String shape : shapes) {
      String[] sides = shape.split("x", 2);
      measure(Long.parseLong(sides[0]), Long.parseLong(sides[1]), rounds);
    }
  }

  private static void measure(long in, long out, int rounds) throws CompotException {
    var grid = new Grid(4, 128, true, Dtype.F16);
    double products = Double.POSITIVE_INFINITY;
    double decomposed = Double.POSITIVE_INFINITY;
    double ours = Double.POSITIVE_INFINITY;
    double searched = Double.POSITIVE_INFINITY;
    try (var _ = TensorScope.open()) {
      Tensor weight = RealisticLayer.weight(in, out, 1);
      Tensor gram = RealisticLayer.gram(in, 2);
      for (int round = 0; round < rounds; round++) {
        var watch = new Stopwatch();
        try (Feedback feedback = Feedback.of(gram, Feedback.Order.ACTIVITY, "benchmark")) {
          decomposed = Math.min(decomposed, watch.elapsed().clock());
          products = Math.min(products, products(feedback, weight));
          ours = Math.min(ours, gptq(weight, feedback, grid, RangeRule.MIN_MAX));
          searched = Math.min(searched, gptq(weight, feedback, grid, RangeRule.LEAST_SQUARES));
        }
      }
    }
    System.out.printf(
        Locale.ROOT,
        "in %d, out %d: products %.3f, GPTQ %.3f (%.2f of the products), with least-squares ranges"
            + " %.3f (%.2f), decomposition %.3f%n",
        in,
        out,
        products,
        ours,
        ours / products,
        searched,
        searched / products,
        decomposed);
  }

  private static double gptq(Tensor weight, Feedback feedback, Grid grid, RangeRule rule)
      throws CompotException {
    var watch = new Stopwatch();
    try (GroupedMatrix _ = Gptq.quantise("benchmark", weight, feedback, grid, rule)) {
      return watch.elapsed().clock();
    }
  }

  private static double products(Feedback feedback, Tensor weight) {
    try (var _ = TensorScope.open()) {
      Tensor columns = weight.t().contiguous();
      var watch = new Stopwatch();
      for (long from = BLOCK; from < columns.size(0); from += BLOCK) {
        try (var _ = TensorScope.open()) {
          long count = Math.min(BLOCK, columns.size(0) - from);
          Tensor before = feedback.upper().narrow(0, 0, from).narrow(1, from, count);
          before.t().mm(columns.narrow(0, 0, from));
        }
      }
      return watch.elapsed().clock();
    }
  }
}
