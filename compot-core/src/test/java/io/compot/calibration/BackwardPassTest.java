package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.linalg_svd;
import static org.bytedeco.pytorch.global.torch.log_softmax;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn_like;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.error.StoppedException;
import io.compot.form.Packed;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.DenseCodec;
import io.compot.form.codec.LowRankCodec;
import io.compot.model.Architecture;
import io.compot.model.Block;
import io.compot.model.CausalModel;
import io.compot.model.Linear;
import io.compot.model.ProbedLinear;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.model.WrappedLinear;
import io.compot.progress.StopRequest;
import io.compot.quantise.Grid;
import io.compot.quantise.RangeRule;
import io.compot.quantise.RoundToNearest;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackwardPassTest {

  @TempDir Path folder;

  /** Adds a fixed step to the output of one projection. */
  private record Shifted(Linear linear, Tensor step) implements WrappedLinear {

    @Override
    public Tensor apply(Tensor x) {
      return linear.apply(x).add(step);
    }
  }

  /** Of every projection of a block, and of its input; attention, rotation and all. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "qwen2",
        "qwen3",
        "opt",
        "mistral_sliding",
        "gpt2",
        "gemma2",
        "gemma3_text"
      })
  void gradientsAgreeWithFiniteDifferences(String fixture) throws Exception {
    Path model = SharedData.path("golden/public/" + fixture);
    manual_seed(3);
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(model)) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      Tensor x =
          randn_like(Tensor.create(new float[(int) (2 * 9 * architecture.decoder().width())]));
      x = x.view(2, 9, architecture.decoder().width());
      Tensor direction = randn_like(x);
      for (SharedInput input : architecture.decoder().projections(1)) {
        for (Projection projection : input.projections()) {
          var probes = new ArrayList<Tensor>();
          Tensor leaf = x.clone().requires_grad_(true);
          WeightLoader probing =
              loader.decorated(linear ->
                  linear.name().equals(projection.name())
                      ? new ProbedLinear(linear, probes::add)
                      : linear);
          try (Block block = architecture.decoder().block(1, probing)) {
            block.forward(leaf).mul(direction).sum().backward();
          }
          Tensor gradient = probes.getFirst().grad();
          Tensor step = randn_like(gradient).mul(new Scalar(1e-2));
          double expected = shifted(architecture, loader, projection, x, step, direction);
          double found = gradient.mul(step).sum().item_double();
          double scale = gradient.norm().item_double() * step.norm().item_double();
          assertThat(found).as(projection.name()).isCloseTo(expected, within(0.01 * scale));
          assertThat(leaf.grad().abs().sum().item_double()).isPositive();
          probes.forEach(Tensor::close);
        }
      }
    }
  }

  private static double shifted(
      Architecture architecture,
      WeightLoader loader,
      Projection projection,
      Tensor x,
      Tensor step,
      Tensor direction)
      throws Exception {
    double[] values = new double[2];
    for (int i = 0; i < 2; i++) {
      Tensor part = step.mul(new Scalar(i == 0 ? 0.5 : -0.5));
      WeightLoader shifting =
          loader.decorated(linear ->
              linear.name().equals(projection.name()) ? new Shifted(linear, part) : linear);
      try (Block block = architecture.decoder().block(1, shifting)) {
        values[i] = block.forward(x).to(ScalarType.Double).mul(direction).sum().item_double();
      }
    }
    return values[0] - values[1];
  }

  /**
   * ½ tr(E[ggᵀ] ΔW E[xxᵀ] ΔWᵀ) against the KL divergence when one projection alone is truncated.
   */
  @Test
  void predictsTheRiseOfTheLoss() throws Exception {
    Path model = SharedData.path("data/trained/qwen2-tinystories-1m");
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(model)) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      TokenWindows windows = windows(24);
      var predicted = new ArrayList<Double>();
      var measured = new ArrayList<Double>();
      try (var pass = start(architecture, loader, windows, 1 << 30, 4)) {
        while (pass.next() >= 0) {
          var inputs = architecture.decoder().projections(pass.next());
          try (var observed = pass.observe(inputs)) {
            for (SharedInput input : inputs) {
              for (Projection projection : input.projections()) {
                try (var _ = TensorScope.open();
                    Packed factors = truncated(checkpoint, projection)) {
                  Tensor weight =
                      checkpoint.tensor(projection.name() + ".weight").to(ScalarType.Double);
                  Tensor change = Codecs.dense(factors, Dtype.F64).sub(weight);
                  Gram x = Objects.requireNonNull(observed.inputs().get(input));
                  Gram g = Objects.requireNonNull(observed.outputs().get(projection.name()));
                  assertThat(g.tokens()).isEqualTo(x.tokens()).isEqualTo(24 * 64);
                  double rise =
                      g.matrix().mm(change).mul(change.mm(x.matrix())).sum().item_double();
                  predicted.add(Math.log(rise / 2 / x.tokens() / g.tokens()));
                  var replaced = loader.replacing(Map.of(projection.name(), factors));
                  measured.add(Math.log(divergence(architecture, loader, replaced, windows)));
                }
              }
            }
          }
          pass.advance();
        }
      }
      assertThat(predicted).hasSize(28);
      assertThat(correlation(predicted, measured)).isGreaterThan(0.9);
      double offset =
          predicted.stream().mapToDouble(d -> d).average().orElseThrow()
              - measured.stream().mapToDouble(d -> d).average().orElseThrow();
      assertThat(offset).isBetween(Math.log(0.3), Math.log(1.5));
    }
  }

  /** Of a tied embedding: what it costs as head and as embedding, against what all of it costs. */
  @Test
  void predictsWhatAnotherTableCosts() throws Exception {
    Path model = SharedData.path("data/trained/qwen2-tinystories-1m");
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(model)) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      TokenWindows windows = windows(24);
      String name = architecture.tables().getFirst().base();
      Tensor table = checkpoint.tensor(name + ".weight").to(ScalarType.Float);
      for (int width : new int[] {6, 4}) {
        var grid = new Grid(width, 64, false, Dtype.F16);
        try (Packed rounded =
            DenseCodec.packed(
                RoundToNearest.quantise("table", table, grid, RangeRule.LEAST_SQUARES))) {
          WeightLoader other = loader.replacing(Map.of(name, rounded));
          double[] asHead = new double[1];
          double predicted;
          var store = StateStore.temporary(folder, 1 << 30);
          try (var pass =
              BackwardPass.start(
                  architecture,
                  loader,
                  CalibrationSamples.of(architecture, windows),
                  store,
                  -1,
                  4,
                  measure -> asHead[0] = measure.of(other),
                  StopRequest.never())) {
            while (pass.next() >= 0) {
              pass.observe(List.of()).close();
              pass.advance();
            }
            predicted = asHead[0] + pass.entryRise(other);
          }
          double measured = divergence(architecture, loader, other, windows);
          assertThat(asHead[0]).isPositive().isLessThan(measured);
          assertThat(predicted / measured).as("%d bits", width).isBetween(0.5, 1.5);
        }
      }
    }
  }

  @Test
  void sameSeedGivesTheSameMatricesWhereverStatesLie() throws Exception {
    Path model = SharedData.path("data/trained/qwen2-tinystories-1m");
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(model)) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      TokenWindows windows = windows(6);
      var traces = new ArrayList<Double>();
      for (long[] memoryAndSeed : new long[][] {{1 << 30, 4}, {0, 4}, {1 << 30, 5}}) {
        try (var pass = start(architecture, loader, windows, memoryAndSeed[0], memoryAndSeed[1]);
            var observed = pass.observe(architecture.decoder().projections(3))) {
          traces.add(
              observed.outputs().values().stream()
                  .mapToDouble(gram -> gram.matrix().diagonal().sum().item_double())
                  .sum());
        }
      }
      assertThat(traces.get(1)).isEqualTo(traces.get(0));
      assertThat(traces.get(2)).isNotEqualTo(traces.get(0));
    }
  }

  /** In the middle of a block, which may take minutes, and with nothing left open. */
  @Test
  void stopsBetweenBatches() throws Exception {
    Path model = SharedData.path("data/trained/qwen2-tinystories-1m");
    var asked = new AtomicInteger(Integer.MIN_VALUE);
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(model)) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      int batches = 3;
      TokenWindows windows = windows(batches * (2048 / 64));
      try (var pass =
          BackwardPass.start(
              architecture,
              loader,
              CalibrationSamples.of(architecture, windows),
              StateStore.temporary(folder, 1 << 30),
              3,
              1,
              () -> asked.incrementAndGet() >= batches)) {
        asked.set(0);
        assertThatExceptionOfType(StoppedException.class)
            .isThrownBy(() -> pass.observe(architecture.decoder().projections(3)));
        assertThat(asked).hasValue(batches);
      }
    }
  }

  private BackwardPass start(
      Architecture architecture, WeightLoader loader, TokenWindows windows, long memory, long seed)
      throws Exception {
    var store = StateStore.temporary(folder, memory);
    int last = architecture.decoder().blocks() - 1;
    return BackwardPass.start(
        architecture,
        loader,
        CalibrationSamples.of(architecture, windows),
        store,
        last,
        seed,
        StopRequest.never());
  }

  private static TokenWindows windows(int count) {
    var random = new SplittableRandom(9);
    // Any tokens do: labels come from the model.
    var all = new ArrayList<long[]>();
    for (int i = 0; i < count; i++) {
      all.add(random.longs(64, 0, 1024).toArray());
    }
    return new TokenWindows(all);
  }

  private static Packed truncated(Checkpoint checkpoint, Projection projection)
      throws InputException {
    try (var scope = TensorScope.open()) {
      Tensor weight = checkpoint.tensor(projection.name() + ".weight").to(ScalarType.Float);
      var svd = linalg_svd(weight, false, new StringViewOptional());
      long rank = Math.min(projection.in(), projection.out()) / 2;
      Tensor left = svd.get0().narrow(1, 0, rank).mul(svd.get1().narrow(0, 0, rank)).contiguous();
      Tensor right = svd.get2().narrow(0, 0, rank).contiguous();
      return LowRankCodec.packed(scope.own(left), scope.own(right));
    }
  }

  private static double divergence(
      Architecture architecture, WeightLoader one, WeightLoader two, TokenWindows windows)
      throws Exception {
    try (var _ = TensorScope.open();
        var original = CausalModel.load(architecture, one);
        var changed = CausalModel.load(architecture, two)) {
      Tensor tokens = windows.batch(0, windows.count());
      Tensor p = log_softmax(original.logits(tokens), -1).to(ScalarType.Double);
      Tensor q = log_softmax(changed.logits(tokens), -1).to(ScalarType.Double);
      return p.exp().mul(p.sub(q)).sum().item_double() / tokens.numel();
    }
  }

  private static double correlation(List<Double> a, List<Double> b) {
    double meanA = a.stream().mapToDouble(d -> d).average().orElseThrow();
    double meanB = b.stream().mapToDouble(d -> d).average().orElseThrow();
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.size(); i++) {
      ab += (a.get(i) - meanA) * (b.get(i) - meanB);
      aa += (a.get(i) - meanA) * (a.get(i) - meanA);
      bb += (b.get(i) - meanB) * (b.get(i) - meanB);
    }
    return ab / Math.sqrt(aa * bb);
  }
}
