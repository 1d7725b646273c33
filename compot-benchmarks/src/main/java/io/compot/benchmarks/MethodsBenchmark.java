package io.compot.benchmarks;

import io.compot.benchmarks.Stopwatch.Time;
import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.SparseForm;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.lowrank.AsvdMethod;
import io.compot.method.lowrank.SvdLlmMethod;
import io.compot.method.lowrank.SvdLlmV2Method;
import io.compot.method.lowrank.TruncatedSvdMethod;
import io.compot.method.sparse.CompotMethod;
import io.compot.method.sparse.CompotPlusMethod;
import io.compot.method.sparse.CospadiMethod;
import io.compot.method.sparse.RocketMethod;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Seconds of one factorisation by every method at ratio 0.2, as a ratio to COMPOT's matrix products
 * alone ({@link PlainCompot#productsAlone}, 20 rounds), in one run.
 *
 * <p>CoSpaDi runs two rounds; its time is extrapolated to all of them, and no error is shown.
 *
 * <pre>MethodsBenchmark [INxOUT [method ...]]</pre>
 */
public final class MethodsBenchmark {

  private static final int ROUNDS = 20;
  private static final long WARM_UP = 512;
  private static final double RATIO = 0.2;

  private MethodsBenchmark() {}

  public static void main(String[] arguments) throws FailureException {
    String[] sides = (arguments.length > 0 ? arguments[0] : "2048x2048").split("x", 2);
    long in = Long.parseLong(sides[0]);
    long out = Long.parseLong(sides[1]);
    Map<String, CompressionMethod> methods = methods();
    List<String> names =
        arguments.length > 1
            ? Arrays.asList(arguments).subList(1, arguments.length)
            : List.copyOf(methods.keySet());
    System.out.printf(
        Locale.ROOT,
        "%d x %d, ratio %s, %d threads%n| method | clock s | processor s | / products | error |%n",
        in,
        out,
        RATIO,
        torch.get_num_threads());
    for (String name : names) {
      warmUp(method(methods, name));
    }
    try (var _ = TensorScope.open()) {
      Tensor weight = RealisticLayer.weight(in, out, 1);
      try (Whitening whitening = Whitening.of(RealisticLayer.gram(in, 2), "benchmark")) {
        Tensor metric = RealisticLayer.outputMetric(out, 3);
        var problem = new LayerProblem("benchmark", weight, whitening, Dtype.BF16, 1, metric);
        SparseForm size = SparseForm.within(in, out, Dtype.BF16, RATIO, 2).orElseThrow();
        PlainCompot.productsAlone(weight, whitening, size, 1);
        var watch = new Stopwatch();
        PlainCompot.productsAlone(weight, whitening, size, ROUNDS);
        Time products = watch.elapsed();
        row("products", products, products, Double.NaN);
        for (String name : names) {
          measure(name, method(methods, name), problem, products);
        }
      }
    }
  }

  private static Map<String, CompressionMethod> methods() {
    Map<String, CompressionMethod> methods = new LinkedHashMap<>();
    methods.put("compot", CompotMethod.paper());
    methods.put(
        "compot momentum 0.5, 7 rounds", CompotMethod.paper().withIterations(7).withMomentum(0.5));
    methods.put("compot+lite", CompotPlusMethod.lite());
    methods.put("compot+", CompotPlusMethod.standard());
    methods.put("rocket", RocketMethod.paper());
    methods.put("svd", new TruncatedSvdMethod());
    methods.put("svd-llm", new SvdLlmMethod());
    methods.put("svd-llm-v2", new SvdLlmV2Method());
    methods.put("asvd", new AsvdMethod());
    methods.put("cospadi", CospadiMethod.fast());
    return methods;
  }

  private static CompressionMethod method(Map<String, CompressionMethod> methods, String name) {
    CompressionMethod method = methods.get(name);
    if (method == null) {
      throw new IllegalArgumentException(name + " is none of " + methods.keySet());
    }
    return method;
  }

  /** The compiler has seen everything once. */
  private static void warmUp(CompressionMethod method) throws FailureException {
    try (var _ = TensorScope.open();
        Whitening whitening = Whitening.of(RealisticLayer.gram(WARM_UP, 2), "warm up")) {
      Tensor weight = RealisticLayer.weight(WARM_UP, WARM_UP, 1);
      Tensor metric = RealisticLayer.outputMetric(WARM_UP, 3);
      var problem = new LayerProblem("warm up", weight, whitening, Dtype.BF16, 1, metric);
      Form size = method.size(WARM_UP, WARM_UP, Dtype.BF16, RATIO).orElseThrow();
      time(method instanceof CospadiMethod slow ? slow.withIterations(2) : method, problem, size);
    }
  }

  private static void measure(
      String name, CompressionMethod method, LayerProblem problem, Time products)
      throws FailureException {
    Form size = method.size(problem.in(), problem.out(), Dtype.BF16, RATIO).orElseThrow();
    if (method instanceof CospadiMethod cospadi) {
      Time one = time(cospadi.withIterations(1), problem, size);
      Time round = time(cospadi.withIterations(2), problem, size).minus(one);
      String shown = "%s, 2 of %d rounds".formatted(name, cospadi.iterations());
      row(shown, one.plus(round, cospadi.iterations() - 1), products, Double.NaN);
      return;
    }
    var watch = new Stopwatch();
    try (Factorisation found = method.factorise(problem, size)) {
      row(name, watch.elapsed(), products, found.whitenedError().orElse(Double.NaN));
    }
  }

  private static Time time(CompressionMethod method, LayerProblem problem, Form size)
      throws FailureException {
    var watch = new Stopwatch();
    try (Factorisation _ = method.factorise(problem, size)) {
      return watch.elapsed();
    }
  }

  private static void row(String name, Time time, Time products, double error) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %.2f | %.2f | %.2f | %s |%n",
        name,
        time.clock(),
        time.processors(),
        time.processors() / products.processors(),
        Double.isNaN(error) ? "" : "%.5f".formatted(error));
  }
}
