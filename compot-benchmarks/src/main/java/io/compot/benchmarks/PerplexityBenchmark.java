package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.evaluation.PerplexityOptions;
import io.compot.evaluation.TokenPerplexity;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.progress.ProgressListener;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.text.TextFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How near token perplexity comes to the limit of its matrix products: the products' FLOPs (all
 * projections, the head, and the half of attention that a causal model needs) at the speed of one
 * large product of the same element type, measured between the evaluations.
 *
 * <pre>PerplexityBenchmark CHECKPOINT [rounds [windows [window]]]</pre>
 *
 * The checkpoint may be one of {@link RandomCheckpoint}; with fewer than its 16 blocks the head
 * weighs more than in the whole model.
 */
public final class PerplexityBenchmark {

  private static final long ROWS = 2048;
  private static final long IN = 2048;
  private static final long OUT = 8192;

  private PerplexityBenchmark() {}

  public static void main(String[] arguments) throws CompotException {
    Path folder = Path.of(arguments[0]);
    int rounds = argument(arguments, 1, 3);
    int windows = argument(arguments, 2, 2);
    int window = argument(arguments, 3, 1024);
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      Architecture architecture = Architecture.of(checkpoint);
      try (var model = CausalModel.load(architecture, WeightLoader.of(checkpoint, Dtype.BF16));
          var _ = TensorScope.open()) {
        measure(model, rounds, windows, window);
      }
    }
  }

  private static int argument(String[] arguments, int index, int otherwise) {
    return arguments.length > index ? Integer.parseInt(arguments[index]) : otherwise;
  }

  private static void measure(CausalModel model, int rounds, int windows, int window)
      throws CompotException {
    manual_seed(1);
    var type = Dtype.BF16.scalarType();
    Tensor x = randn(ROWS, IN).to(type);
    Tensor weight = randn(OUT, IN).to(type);
    long[] tokens =
        new Random(1)
            .longs((long) windows * window, 0, model.architecture().vocabularySize())
            .toArray();
    var text = new TextFile(Path.of("random"), List.of("random"), false, "", 0);
    PerplexityOptions options = PerplexityOptions.defaults().withWindow(window);
    var perplexity = new TokenPerplexity(model, Dtype.BF16, ProgressListener.none());
    product(x, weight);
    perplexity.measure(text, Arrays.copyOf(tokens, window), OptionalInt.empty(), options);
    double[] products = new double[rounds];
    double[] evaluations = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      products[round] = product(x, weight);
      evaluations[round] = perplexity.measure(text, tokens, OptionalInt.empty(), options).seconds();
    }
    double speed = 2.0 * ROWS * IN * OUT / median(products);
    double flops = flops(model.architecture(), windows, window);
    double seconds = median(evaluations);
    System.out.printf(
        Locale.ROOT,
        "%d threads, %d blocks, %d windows of %d, %d rounds, medians%n"
            + "product of %d x %d x %d  %.0f GFLOP/s%n"
            + "perplexity: %.0f GFLOP of products in %.2f s, %.0f GFLOP/s: %.0f %% of the limit%n",
        torch.get_num_threads(),
        model.architecture().decoder().blocks(),
        windows,
        window,
        rounds,
        ROWS,
        IN,
        OUT,
        speed / 1e9,
        flops / 1e9,
        seconds,
        flops / seconds / 1e9,
        100 * flops / seconds / speed);
  }

  /** Seconds of one large product, the best of three: what the machine can do. */
  private static double product(Tensor x, Tensor weight) {
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < 3; i++) {
      try (var _ = TensorScope.open()) {
        long start = System.nanoTime();
        linear(x, weight);
        best = Math.min(best, (System.nanoTime() - start) * 1e-9);
      }
    }
    return best;
  }

  private static double flops(Architecture architecture, int windows, int window) {
    double projections =
        IntStream.range(0, architecture.decoder().blocks())
            .boxed()
            .flatMap(layer -> architecture.decoder().projections(layer).stream())
            .flatMap(shared -> shared.projections().stream())
            .mapToDouble(each -> (double) each.in() * each.out())
            .sum();
    double head = (double) architecture.decoder().width() * architecture.vocabularySize();
    double attention =
        (double) architecture.decoder().blocks() * architecture.decoder().width() * window;
    return 2.0 * windows * window * (projections + attention) + 2.0 * windows * (window - 1) * head;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
