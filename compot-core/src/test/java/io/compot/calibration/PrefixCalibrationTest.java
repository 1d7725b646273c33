package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.form.Packed;
import io.compot.form.codec.LowRankCodec;
import io.compot.model.Architecture;
import io.compot.model.ObservedLinear;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrefixCalibrationTest {

  @TempDir Path folder;

  /** Nothing compressed: both models are the same, and W* is W. */
  @Test
  void withoutCompressionTheTargetIsTheWeight() throws Exception {
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(SharedData.path("golden/public/qwen2"))) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      for (long memory : new long[] {1 << 30, 0}) {
        try (var calibration =
            PrefixCalibration.start(
                feed(architecture),
                feed(architecture),
                loader,
                StateStore.temporary(folder, memory),
                0,
                StopRequest.never())) {
          calibration.advance(Map.of());
          var inputs = architecture.decoder().projections(1);
          var observed = calibration.observe(inputs, Map.of(), true);
          assertThat(observed.keySet()).containsExactlyElementsOf(inputs);
          for (SharedInput input : inputs) {
            try (var seen = Objects.requireNonNull(observed.get(input))) {
              assertThat(seen.drift().products().abs().amax().item_double()).isZero();
              assertThat(seen.gram().tokens()).isEqualTo(70 * 40);
              Tensor original = Objects.requireNonNull(seen.original()).matrix();
              assertThat(original.sub(seen.gram().matrix()).abs().amax().item_double()).isZero();
              Tensor weight = weight(checkpoint, input.first().name());
              Tensor target = seen.target(weight, 1e-6);
              assertThat(target.sub(weight).abs().amax().item_double()).isLessThan(1e-6);
            }
          }
        }
      }
    }
  }

  /** W* is no worse than W at giving the original's outputs, and its gradient is zero. */
  @Test
  void theTargetMakesUpForTheCompressedPrefix() throws Exception {
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(SharedData.path("golden/public/qwen2"))) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      Map<String, Packed> replaced = new HashMap<>();
      for (SharedInput input : architecture.decoder().projections(0)) {
        for (var projection : input.projections()) {
          replaced.put(projection.name(), halved(checkpoint, projection.name()));
        }
      }
      try (var calibration =
          PrefixCalibration.start(
              feed(architecture),
              feed(architecture),
              loader,
              StateStore.temporary(folder, 1 << 30),
              0,
              StopRequest.never())) {
        calibration.advance(replaced);
        SharedInput input = architecture.decoder().projections(1).getFirst();
        var observed = calibration.observe(List.of(input), Map.of(), false);
        try (var seen = Objects.requireNonNull(observed.get(input))) {
          Tensor weight = weight(checkpoint, input.first().name());
          Tensor gram = seen.gram().matrix();
          double ridge = 1e-3;
          double mu = ridge * gram.diagonal().mean().item_double();
          Tensor target = seen.target(weight, ridge);
          // (X′ᵀX′ + μI)W* = (X′ᵀX + μI)W
          Tensor left = target.mm(gram).add(target.mul(new Scalar(mu)));
          Tensor cross = gram.add(seen.drift().products());
          Tensor right = weight.mm(cross.t()).add(weight.mul(new Scalar(mu)));
          assertThat(left.sub(right).norm().item_double())
              .isLessThan(1e-9 * right.norm().item_double());
          assertThat(target.sub(weight).norm().item_double()).isPositive();
        }
      } finally {
        replaced.values().forEach(Packed::close);
      }
    }
  }

  /** A NaN in either of the two models ends the work and names the layer. */
  @Test
  void namesTheLayerWhoseInputIsNoNumberInEitherModel() throws Exception {
    String bad = "model.layers.0.mlp.up_proj";
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(SharedData.path("golden/public/llama"))) {
      Architecture architecture = Architecture.of(checkpoint);
      var spoiling =
          WeightLoader.of(checkpoint, Dtype.F32)
              .decorated(linear ->
                  linear.name().equals(bad)
                      ? new ObservedLinear(linear, x -> x.fill_(new Scalar(Double.NaN)))
                      : linear);
      try (var calibration =
          PrefixCalibration.start(
              feed(architecture),
              feed(architecture),
              spoiling,
              StateStore.temporary(folder, 1 << 30),
              0,
              StopRequest.never())) {
        assertThatThrownBy(() -> calibration.advance(Map.of()))
            .isInstanceOf(FailureException.class)
            .hasMessageContaining("model.layers.0.mlp");
      }
      var factors = halved(checkpoint, bad);
      try (factors;
          var calibration =
              PrefixCalibration.start(
                  feed(architecture),
                  feed(architecture),
                  WeightLoader.of(checkpoint, Dtype.F32),
                  StateStore.temporary(folder, 1 << 30),
                  0,
                  StopRequest.never())) {
        factors.part(LowRankCodec.LEFT).fill_(new Scalar(Double.POSITIVE_INFINITY));
        assertThatThrownBy(() ->
                calibration.observe(
                    architecture.decoder().projections(0), Map.of(bad, factors), false))
            .isInstanceOf(FailureException.class)
            .hasMessageContaining("model.layers.0.mlp.down_proj: its input has NaN");
        assertThatThrownBy(() -> calibration.advance(Map.of(bad, factors)))
            .isInstanceOf(FailureException.class)
            .hasMessageContaining(bad + ": its output after compression has NaN");
      }
    }
  }

  private static TokenWindows windows() {
    var windows = new ArrayList<long[]>();
    for (int i = 0; i < 70; i++) {
      int start = i;
      windows.add(LongStream.range(0, 40).map(t -> (start * 31L + t * t) % 101).toArray());
    }
    return new TokenWindows(windows);
  }

  private static StackFeed feed(Architecture architecture) {
    return new StackFeed(architecture.decoder(), windows());
  }

  private static Tensor weight(Checkpoint checkpoint, String name) throws InputException {
    return checkpoint.tensor(name + ".weight").to(ScalarType.Double);
  }

  private static Packed halved(Checkpoint checkpoint, String name) throws InputException {
    try (var scope = TensorScope.open()) {
      var svd = torch.linalg_svd(weight(checkpoint, name), false, new StringViewOptional());
      long rank = svd.get1().numel() / 2;
      Tensor left = svd.get0().narrow(1, 0, rank).mul(svd.get1().narrow(0, 0, rank));
      Tensor right = svd.get2().narrow(0, 0, rank);
      return LowRankCodec.packed(
          scope.own(left.to(ScalarType.Float)), scope.own(right.to(ScalarType.Float).contiguous()));
    }
  }
}
