package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.Computation;
import io.compot.Generation;
import io.compot.GenerationOptions;
import io.compot.Model;
import io.compot.checkpoint.Checkpoint;
import io.compot.model.Architecture;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * How long the first token of a prompt takes, against libtorch's products of the same shapes alone:
 * each projection of each block with all tokens, and the output matrix with one, in the type that
 * the model computes in, turn by turn.
 *
 * <p>TEXT has as many tokens in all.
 *
 * <pre>PromptBenchmark MODEL TEXT bf16|f32 [tokens [rounds]]</pre>
 */
public final class PromptBenchmark {

  private static final int WARM_UP = 3;

  private PromptBenchmark() {}

  /** Runs it. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Computation computation = Computation.named(arguments[2]);
    int count = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 512;
    int rounds = arguments.length > 4 ? Integer.parseInt(arguments[4]) : 7;
    try (Model model = Model.load(folder, computation);
        Checkpoint checkpoint = Checkpoint.open(folder);
        var _ = TensorScope.open()) {
      Dtype type = computation == Computation.BF16 ? Dtype.BF16 : Dtype.F32;
      List<Tensor> weights = weights(Architecture.of(checkpoint), type);
      List<Integer> tokens = model.encode(Files.readString(Path.of(arguments[1])));
      double[] firsts = new double[rounds];
      double[] products = new double[rounds];
      int seen = 0;
      for (int round = -WARM_UP; round < rounds; round++) {
        // Another one each time: what a prompt begins with is remembered.
        int from = (round + WARM_UP) * count;
        String prompt = model.decode(tokens.subList(from, from + count));
        Generation made =
            model.generate(prompt, GenerationOptions.defaults().withMaxTokens(1), _ -> {});
        seen = made.promptTokens().size();
        double product = products(weights, seen, type);
        if (round >= 0) {
          firsts[round] = made.untilFirst().toNanos() * 1e-9;
          products[round] = product;
        }
      }
      Arrays.sort(firsts);
      Arrays.sort(products);
      double first = firsts[rounds / 2];
      double product = products[rounds / 2];
      System.out.printf(
          "%d tokens, %s: first token after %.3f s (%.3f to %.3f), products alone %.3f s (%.3f to"
              + " %.3f), %.2f of them%n",
          seen,
          computation,
          first,
          firsts[0],
          firsts[rounds - 1],
          product,
          products[0],
          products[rounds - 1],
          first / product);
    }
  }

  /** Random ones of the model's shapes, the output matrix last. */
  private static List<Tensor> weights(Architecture architecture, Dtype type) {
    List<Tensor> weights = new ArrayList<>();
    var decoder = architecture.decoder();
    for (int layer = 0; layer < decoder.blocks(); layer++) {
      decoder.projections(layer).stream()
          .flatMap(shared -> shared.projections().stream())
          .forEach(each -> weights.add(random(each.out(), each.in(), type)));
    }
    weights.add(random(architecture.vocabularySize(), decoder.width(), type));
    return weights;
  }

  private static Tensor random(long rows, long columns, Dtype type) {
    return randn(rows, columns).to(type.scalarType());
  }

  private static double products(List<Tensor> weights, int tokens, Dtype type) {
    try (var _ = TensorScope.open()) {
      Tensor narrow = random(tokens, weights.getFirst().size(1), type);
      double seconds = 0;
      for (int i = 0; i < weights.size(); i++) {
        Tensor weight = weights.get(i);
        long rows = i == weights.size() - 1 ? 1 : tokens;
        Tensor x =
            weight.size(1) == narrow.size(1)
                ? narrow.narrow(0, 0, rows)
                : random(rows, weight.size(1), type);
        try (var _ = TensorScope.open()) {
          long start = System.nanoTime();
          linear(x, weight);
          seconds += (System.nanoTime() - start) * 1e-9;
        }
      }
      return seconds;
    }
  }
}
