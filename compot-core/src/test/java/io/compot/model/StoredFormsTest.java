package io.compot.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.checkpoint.Checkpoint;
import io.compot.form.DenseForm;
import io.compot.form.LowRankForm;
import io.compot.form.Packed;
import io.compot.form.SumForm;
import io.compot.form.codec.DenseCodec;
import io.compot.form.codec.LowRankCodec;
import io.compot.form.codec.SparseCodec;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.quantise.RoundToNearest;
import io.compot.quantise.TrellisFormat;
import io.compot.quantise.TrellisInput;
import io.compot.quantise.TrellisQuantiser;
import io.compot.tensor.Dtype;
import io.compot.tensor.HardThreshold;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The bundled model with its projections in every form: kernels choose libtorch's tokens. */
class StoredFormsTest {

  private static final Path DEMO = Path.of("../demo/model");

  /** A form that a weight is put into, well or badly: both ways compute with what comes of it. */
  enum Stored {
    PLAIN {
      @Override
      Packed of(Tensor weight) {
        try (var scope = TensorScope.open()) {
          return DenseCodec.packed(scope.own(weight.to(ScalarType.BFloat16)));
        }
      }
    },
    EIGHT_BITS {
      @Override
      Packed of(Tensor weight) throws Exception {
        return DenseCodec.packed(grid(weight, new Grid(8, Grid.ROW, true, Dtype.F16)));
      }
    },
    FOUR_BITS {
      @Override
      Packed of(Tensor weight) throws Exception {
        return DenseCodec.packed(grid(weight, new Grid(4, 32, false, Dtype.F16)));
      }
    },
    THREE_BITS {
      @Override
      Packed of(Tensor weight) throws Exception {
        return DenseCodec.packed(grid(weight, new Grid(3, 32, true, Dtype.BF16)));
      }
    },
    TRELLIS {
      @Override
      Packed of(Tensor weight) throws Exception {
        try (var input = TrellisInput.of(Matrices.gram(weight.size(1), 300, 1), 7, "p")) {
          TrellisFormat format = TrellisFormat.forRows(5, weight.size(0));
          return DenseCodec.packed(TrellisQuantiser.quantise("p", weight, input, format, 64));
        }
      }
    },
    LOW_RANK {
      @Override
      Packed of(Tensor weight) {
        return factors(weight);
      }
    },
    LOW_RANK_IN_FEW_BITS {
      @Override
      Packed of(Tensor weight) throws Exception {
        try (var _ = TensorScope.open();
            Packed factors = factors(weight)) {
          var grid = new Grid(4, Grid.ROW, false, Dtype.F16);
          return LowRankCodec.packed(
              grid(factors.part(LowRankCodec.LEFT), grid),
              grid(factors.part(LowRankCodec.RIGHT), grid));
        }
      }
    },
    SPARSE {
      @Override
      Packed of(Tensor weight) {
        try (var scope = TensorScope.open()) {
          Tensor code = randn(weight.size(0), 70);
          HardThreshold.keepLargest(code, 31);
          Tensor atoms = randn(70, weight.size(1)).mul_(new Scalar(0.02));
          return SparseCodec.packed(
              31,
              scope.own(atoms.to(ScalarType.BFloat16)),
              code.to(ScalarType.BFloat16).contiguous());
        }
      }
    },
    SUM {
      @Override
      Packed of(Tensor weight) throws Exception {
        Packed base = FOUR_BITS.of(weight);
        Packed rest = factors(weight);
        var parts = new LinkedHashMap<>(base.parts());
        parts.putAll(rest.parts());
        var form = new SumForm((DenseForm) base.form(), (LowRankForm) rest.form());
        return new Packed(form, base.in(), base.out(), parts);
      }
    };

    abstract Packed of(Tensor weight) throws Exception;

    private static GroupedMatrix grid(Tensor weight, Grid grid) throws Exception {
      return RoundToNearest.quantise("p", weight, grid, RangeRule.MIN_MAX);
    }

    private static Packed factors(Tensor weight) {
      try (var scope = TensorScope.open()) {
        Tensor left = randn(weight.size(0), 24);
        Tensor right = randn(24, weight.size(1)).mul_(new Scalar(0.02));
        return LowRankCodec.packed(
            scope.own(left.to(ScalarType.BFloat16)), scope.own(right.to(ScalarType.BFloat16)));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void kernelsChooseTheSameTokens(Stored form) throws Exception {
    manual_seed(11);
    Map<String, Packed> packed = new TreeMap<>();
    try (Checkpoint checkpoint = Checkpoint.open(DEMO);
        var _ = TensorScope.open()) {
      Architecture architecture = Architecture.of(checkpoint);
      for (SharedInput input : architecture.projections().toList()) {
        for (Projection each : input.projections()) {
          packed.put(each.name(), form.of(each.weight(checkpoint).to(ScalarType.Float)));
        }
      }
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32).replacing(packed);
      try (CausalModel model = CausalModel.load(architecture, loader)) {
        check(model);
      }
    } finally {
      packed.values().forEach(Packed::close);
    }
  }

  /** Two texts in shared steps; each token is what libtorch finds most likely, or nearly so. */
  private static void check(CausalModel model) {
    try (KvCache one = model.newCache();
        KvCache other = model.newCache();
        KvCache oneByTorch = model.newCache();
        KvCache otherByTorch = model.newCache()) {
      assertThat(model.decoder()).isPresent();
      long[] tokens = {17, 400};
      for (int step = 0; step < 30; step++) {
        float[][] made = model.next(tokens, List.of(one, other));
        float[] expected = byTorch(model, tokens, List.of(oneByTorch, otherByTorch));
        for (int row = 0; row < 2; row++) {
          int best = 0;
          int width = made[row].length;
          float largest = Float.NEGATIVE_INFINITY;
          for (int i = 0; i < width; i++) {
            float logit = expected[row * width + i];
            assertThat(made[row][i]).isCloseTo(logit, within(1e-3f * (1 + Math.abs(logit))));
            largest = Math.max(largest, logit);
            best = made[row][i] > made[row][best] ? i : best;
          }
          assertThat(expected[row * width + best]).isCloseTo(largest, within(1e-3f));
          tokens[row] = best;
        }
      }
    }
  }

  private static float[] byTorch(CausalModel model, long[] tokens, List<KvCache> caches) {
    try (var _ = TensorScope.open()) {
      Tensor logits = model.step(tokens, caches).to(ScalarType.Float).contiguous();
      return NativeMemory.bytes(logits).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
  }
}
