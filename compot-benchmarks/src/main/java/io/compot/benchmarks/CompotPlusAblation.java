package io.compot.benchmarks;

import io.compot.allocation.BudgetAllocator;
import io.compot.allocation.DamageAllocator;
import io.compot.allocation.KnapsackAllocator;
import io.compot.allocation.PooledAllocator;
import io.compot.allocation.ProjectionProfile;
import io.compot.allocation.UniformAllocator;
import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.OptionList;
import io.compot.allocation.option.RatioOptions;
import io.compot.allocation.option.Spectrum;
import io.compot.calibration.PrefixCalibration;
import io.compot.calibration.StackFeed;
import io.compot.calibration.StateStore;
import io.compot.error.CompotException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.form.codec.Codecs;
import io.compot.journal.WorkFolder;
import io.compot.method.CompressionMethod;
import io.compot.method.LayerProblem;
import io.compot.method.lowrank.SvdLlmMethod;
import io.compot.method.sparse.CodeThreshold;
import io.compot.method.sparse.CompotMethod;
import io.compot.method.sparse.CompotPlusMethod;
import io.compot.method.sparse.CompotPlusMethod.MetricUse;
import io.compot.method.sparse.RocketMethod;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * KL divergence to the original and rise of log-perplexity of {@code compot+}, of it without each
 * of its ingredients, and of published methods, at equal bits: 256 calibration windows of 128
 * tokens, F32 factors, mask paid for.
 *
 * <pre>CompotPlusAblation MODEL CALIBRATION.txt HELDOUT.txt [windows [ratios [all|main]]]</pre>
 */
public final class CompotPlusAblation {

  private static final int BITS = 32;
  private static final double[] ROCKET_RHOS = {1.5, 2, 2.5};
  private static final double RIDGE = 1e-3;

  private final StudiedModel model;
  private final long denseBits;

  private CompotPlusAblation(StudiedModel model) {
    this.model = model;
    this.denseBits = model.layers.stream().mapToLong(l -> l.in() * l.out() * BITS).sum();
  }

  public static void main(String[] arguments) throws CompotException, IOException {
    int windows = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 100;
    String[] ratios = (arguments.length > 4 ? arguments[4] : "0.2,0.3,0.4,0.5").split(",", -1);
    boolean all = arguments.length <= 5 || arguments[5].equals("all");
    long start = System.nanoTime();
    var model =
        new StudiedModel(
            Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]), windows);
    System.out.printf(
        Locale.ROOT,
        "%s: perplexity %.4f; forward and backward pass %.1f s%n",
        Path.of(arguments[0]).getFileName(),
        Math.exp(model.loss),
        seconds(start));
    var study = new CompotPlusAblation(model);
    study.run(ratios, all);
  }

  private void run(String[] ratios, boolean all) throws CompotException {
    var plus = CompotPlusMethod.standard();
    var compot = CompotMethod.paper();
    var pooled = byRatio(compot, true);
    var lowRank = byRatio(new SvdLlmMethod(), false);
    var rocket = rocket();
    long start = System.nanoTime();
    var damage = damage(plus, List.of(1.5, 2.5), true);
    System.out.printf(Locale.ROOT, "short runs for the allocation %.1f s%n", seconds(start));
    var oneRho = all ? damage(plus, List.of(), true) : damage;
    var unweighted =
        all ? damage(plus.withMetric(MetricUse.NONE), List.of(1.5, 2.5), false) : damage;
    var sensitive = new DamageAllocator();
    for (String text : ratios) {
      double ratio = Double.parseDouble(text);
      one("svd-llm", ratio, new SvdLlmMethod(), new UniformAllocator(), lowRank, false);
      one("rocket knapsack", ratio, RocketMethod.paper(), new KnapsackAllocator(), rocket, false);
      one("compot uniform", ratio, compot, new UniformAllocator(), pooled, false);
      one("compot pooled", ratio, compot, new PooledAllocator(), pooled, false);
      one("compot+ one-shot", ratio, plus, sensitive, damage, true);
      prefixed("compot+ prefix", ratio, plus, sensitive, damage);
      if (all) {
        one("- momentum", ratio, plus.withMomentum(0), sensitive, damage, true);
        one(
            "- matrix threshold",
            ratio,
            plus.withThreshold(CodeThreshold.COLUMN),
            sensitive,
            damage,
            true);
        one("- refinement", ratio, plus.withRefinements(0), sensitive, damage, true);
        one("- full metric", ratio, plus.withMetric(MetricUse.DIAGONAL), sensitive, damage, true);
        one("- metric", ratio, plus.withMetric(MetricUse.NONE), sensitive, damage, true);
        one("- k/s per matrix", ratio, plus, sensitive, oneRho, true);
        one(
            "- allocation (uniform)",
            ratio,
            plus,
            new UniformAllocator(),
            byRatio(plus, false),
            true);
        one(
            "- backward pass",
            ratio,
            plus.withMetric(MetricUse.NONE),
            sensitive,
            unweighted,
            false);
      }
    }
  }

  private void one(
      String name,
      double ratio,
      CompressionMethod method,
      BudgetAllocator allocator,
      List<ProjectionProfile> profiles,
      boolean metric)
      throws CompotException {
    Map<String, Form> sizes = sizes(allocator, profiles, ratio);
    long start = System.nanoTime();
    Map<String, Packed> factors = new HashMap<>();
    for (StudiedModel.Layer layer : model.layers) {
      Form size = sizes.get(layer.name());
      if (size != null) {
        try (var _ = TensorScope.open()) {
          factors.put(layer.name(), method.factorise(problem(layer, metric), size).factors());
        }
      }
    }
    report(name, ratio, factors, seconds(start));
  }

  private void prefixed(
      String name,
      double ratio,
      CompotPlusMethod method,
      BudgetAllocator allocator,
      List<ProjectionProfile> profiles)
      throws CompotException {
    Map<String, Form> sizes = sizes(allocator, profiles, ratio);
    long start = System.nanoTime();
    Map<String, Packed> factors = new HashMap<>();
    var feed = new StackFeed(model.architecture.decoder(), model.windows);
    try (var work = WorkFolder.temporary();
        var prefix =
            PrefixCalibration.start(
                feed,
                feed,
                model.loader,
                new StateStore(work, "prefix", 1L << 30),
                0,
                StopRequest.never())) {
      for (int block = 0; block < model.architecture.decoder().blocks(); block++) {
        for (var input : model.architecture.decoder().projections(block)) {
          var observed = prefix.observe(List.of(input), factors, false);
          try (var seen = Objects.requireNonNull(observed.get(input));
              var whitening = Whitening.of(seen.gram().matrix(), input.first().name())) {
            for (StudiedModel.Layer layer : model.layers) {
              Form size = sizes.get(layer.name());
              if (layer.input().equals(input) && size != null) {
                try (var _ = TensorScope.open()) {
                  Tensor target = seen.target(model.weight(layer), RIDGE);
                  var problem =
                      new LayerProblem(
                          layer.name(), target, whitening, Dtype.F32, 1, metric(layer));
                  factors.put(layer.name(), method.factorise(problem, size).factors());
                }
              }
            }
          }
        }
        prefix.advance(factors);
      }
    }
    report(name, ratio, factors, seconds(start));
  }

  private void report(String name, double ratio, Map<String, Packed> factors, double seconds)
      throws CompotException {
    long bits = 0;
    for (StudiedModel.Layer layer : model.layers) {
      Packed found = factors.get(layer.name());
      bits += found == null ? layer.in() * layer.out() * BITS : found.bits();
    }
    var quality = model.measure(factors);
    System.out.printf(
        Locale.ROOT,
        "| %.1f | %-22s | %.4f | %.5f | %.5f | %.3f | %.2f s |%n",
        ratio,
        name,
        1 - bits / (double) denseBits,
        quality.divergence(),
        quality.loss() - model.loss,
        Math.exp(quality.loss()),
        seconds);
    factors.values().forEach(Packed::close);
  }

  private static Map<String, Form> sizes(
      BudgetAllocator allocator, List<ProjectionProfile> profiles, double ratio)
      throws CompotException {
    Map<String, Form> sizes = new HashMap<>();
    for (var decision : allocator.allocate(profiles, ratio).decisions()) {
      decision.option().size().ifPresent(size -> sizes.put(decision.projection(), size));
    }
    return sizes;
  }

  private LayerProblem problem(StudiedModel.Layer layer, boolean metric) throws CompotException {
    return new LayerProblem(
        layer.name(),
        model.weight(layer),
        model.whitening(layer),
        Dtype.F32,
        1,
        metric ? metric(layer) : null);
  }

  private static Tensor metric(StudiedModel.Layer layer) {
    return layer.rise().outputs().matrix();
  }

  private ProjectionProfile profile(
      StudiedModel.Layer layer, io.compot.allocation.option.OptionSource source) {
    long dense = layer.in() * layer.out() * BITS;
    return ProjectionProfile.of(
        layer.name(), layer.in(), layer.out(), layer.depth(), dense, source);
  }

  private List<ProjectionProfile> byRatio(CompressionMethod method, boolean spectrum)
      throws CompotException {
    List<ProjectionProfile> profiles = new ArrayList<>();
    for (StudiedModel.Layer layer : model.layers) {
      RatioOptions.SizeRule rule = ratio -> method.size(layer.in(), layer.out(), Dtype.F32, ratio);
      var profile =
          profile(layer, new RatioOptions(method.name(), layer.in(), layer.out(), BITS, rule));
      profiles.add(spectrum ? profile.withWeightSpectrum(spectrum(layer)) : profile);
    }
    return profiles;
  }

  private Spectrum spectrum(StudiedModel.Layer layer) throws CompotException {
    try (var _ = TensorScope.open()) {
      Tensor values = torch.linalg_svdvals(model.weight(layer).to(ScalarType.Double));
      double[] array = new double[(int) values.numel()];
      for (int i = 0; i < array.length; i++) {
        array[i] = values.select(0, i).item_double();
      }
      return Spectrum.of(array);
    }
  }

  /** The paper's grid: for each ratio the best k/s by the error of the weights. */
  private List<ProjectionProfile> rocket() throws CompotException {
    List<ProjectionProfile> profiles = new ArrayList<>();
    for (StudiedModel.Layer layer : model.layers) {
      List<CompressionOption> options = new ArrayList<>();
      for (int step = 1; step < 19; step++) {
        for (double rho : ROCKET_RHOS) {
          var method = RocketMethod.paper().withRho(rho);
          Optional<Form> size = method.size(layer.in(), layer.out(), Dtype.F32, 0.05 * step);
          if (size.isPresent()) {
            try (var _ = TensorScope.open();
                var found = method.factorise(problem(layer, false), size.get())) {
              long bits = size.get().bits(layer.in(), layer.out());
              Map<ErrorMeasure, Double> error = Map.of(ErrorMeasure.WEIGHT, found.weightError());
              options.add(new CompressionOption("rocket", size, bits, error));
            }
          }
        }
      }
      profiles.add(profile(layer, OptionList.rankedBy(ErrorMeasure.WEIGHT, options)));
    }
    return profiles;
  }

  /** Without the metric the error is relative: all projections count alike. */
  private List<ProjectionProfile> damage(CompotPlusMethod method, List<Double> rhos, boolean metric)
      throws CompotException {
    List<ProjectionProfile> profiles = new ArrayList<>();
    for (StudiedModel.Layer layer : model.layers) {
      try (var _ = TensorScope.open()) {
        Tensor weight = model.weight(layer);
        Tensor gram = layer.rise().inputs().matrix();
        double whole = energy(weight, gram);
        var asked = rhos.isEmpty() ? method.withRho(method.rho()) : method;
        LayerProblem problem = problem(layer, metric);
        List<CompressionOption> offers =
            asked
                .offers(
                    problem,
                    factors -> {
                      try (var _ = TensorScope.open()) {
                        Tensor change = Codecs.dense(factors, Dtype.F32).sub(weight);
                        return metric ? layer.rise().of(change) : energy(change, gram) / whole;
                      }
                    })
                .stream()
                .map(each -> CompressionOption.of(each, problem.in(), problem.out()))
                .toList();
        var options = OptionList.rankedBy(ErrorMeasure.LOSS_RISE, offers);
        profiles.add(profile(layer, options));
      }
    }
    return profiles;
  }

  private static double energy(Tensor change, Tensor gram) {
    Tensor wide = change.to(ScalarType.Double);
    return wide.mm(gram).mul_(wide).sum().item_double();
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
