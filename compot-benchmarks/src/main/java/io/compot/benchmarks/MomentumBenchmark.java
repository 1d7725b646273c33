package io.compot.benchmarks;

import io.compot.benchmarks.Stopwatch.Time;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.sparse.CompotMethod;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * How much sooner COMPOT with momentum reaches the error that 20 plain rounds reach, in rounds and
 * in processor time of the whole factorisation: on every projection of a trained model, or on the
 * benchmarks' matrix. Each matrix is factorised both ways in turn, once to warm up and then some
 * times to be measured.
 *
 * <pre>MomentumBenchmark TIMES INxOUT | MODEL CALIBRATION.txt</pre>
 */
public final class MomentumBenchmark {

  private static final double RATIO = 0.2;
  private static final double MOMENTUM = 0.5;

  private final int times;
  private double plainSeconds;
  private double pushedSeconds;
  private long pushedRounds;
  private int matrices;

  private MomentumBenchmark(int times) {
    this.times = times;
  }

  public static void main(String[] arguments) throws CompotException, IOException {
    var benchmark = new MomentumBenchmark(Integer.parseInt(arguments[0]));
    try (var _ = TensorScope.open()) {
      if (arguments.length == 2) {
        String[] sides = arguments[1].split("x", 2);
        long in = Long.parseLong(sides[0]);
        long out = Long.parseLong(sides[1]);
        try (Whitening whitening = Whitening.of(RealisticLayer.gram(in, 2), "benchmark")) {
          var weight = RealisticLayer.weight(in, out, 1);
          benchmark.add(new LayerProblem("benchmark", weight, whitening, Dtype.F32, 1));
        }
      } else {
        Path text = Path.of(arguments[2]);
        var model = new StudiedModel(Path.of(arguments[1]), text, text, 1);
        for (StudiedModel.Layer layer : model.layers) {
          benchmark.add(
              new LayerProblem(
                  layer.name(), model.weight(layer), model.whitening(layer), Dtype.F32, 1));
        }
      }
    }
    benchmark.report();
  }

  private void add(LayerProblem problem) throws FailureException {
    CompotMethod plain = CompotMethod.paper();
    CompotMethod pushed = plain.withMomentum(MOMENTUM);
    Form size = plain.size(problem.in(), problem.out(), Dtype.BF16, RATIO).orElseThrow();
    double wanted;
    int rounds;
    try (Factorisation found = plain.factorise(problem, size);
        Factorisation quick = pushed.factorise(problem, size)) {
      wanted = found.iterationErrors().getLast();
      List<Double> errors = quick.iterationErrors();
      rounds = 1;
      while (rounds < errors.size() && errors.get(rounds - 1) > wanted) {
        rounds++;
      }
    }
    time(pushed.withIterations(rounds), problem, size);
    for (int i = 0; i < times; i++) {
      plainSeconds += time(plain, problem, size).processors() / times;
      pushedSeconds += time(pushed.withIterations(rounds), problem, size).processors() / times;
    }
    pushedRounds += rounds;
    matrices++;
  }

  private static Time time(CompotMethod method, LayerProblem problem, Form size)
      throws FailureException {
    var watch = new Stopwatch();
    try (Factorisation _ = method.factorise(problem, size)) {
      return watch.elapsed();
    }
  }

  private void report() {
    System.out.printf(
        Locale.ROOT,
        "%d matrices, ratio %s: the error of 20 plain rounds after %.1f rounds with momentum %s, %.2f times fewer;"
            + " %.2f and %.2f processor seconds, %.2f times faster%n",
        matrices,
        RATIO,
        pushedRounds / (double) matrices,
        MOMENTUM,
        20.0 * matrices / pushedRounds,
        plainSeconds,
        pushedSeconds,
        plainSeconds / pushedSeconds);
  }
}
