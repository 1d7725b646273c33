package io.compot.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randint;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.CompressionSection;
import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.form.Packed;
import io.compot.form.SparseForm;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.LowRankCodec;
import io.compot.form.codec.PackedTensors;
import io.compot.form.codec.SparseCodec;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.HardThreshold;
import io.compot.tensor.TensorScope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same factors give the same model in memory, packed on disk, and multiplied out. */
class LinearFormsTest {

  private static final Path FIXTURE = fixture();

  @TempDir Path folder;

  private static Path fixture() {
    try {
      return Path.of(LinearFormsTest.class.getResource("/golden/qwen3").toURI());
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Random factors for every projection, of both kinds in turn; owned by the caller. */
  private static Map<String, Packed> factors(Architecture architecture) {
    manual_seed(7);
    Map<String, Packed> factors = new TreeMap<>();
    for (int layer = 0; layer < architecture.decoder().blocks(); layer++) {
      for (SharedInput group : architecture.decoder().projections(layer)) {
        for (Projection projection : group.projections()) {
          factors.put(projection.name(), factors(projection, factors.size() % 2 == 0));
        }
      }
    }
    return factors;
  }

  private static Packed factors(Projection projection, boolean sparse) {
    try (var scope = TensorScope.open()) {
      long size = 13;
      Tensor inner = randn(size, projection.in()).mul_(new Scalar(0.1));
      Tensor outer = randn(projection.out(), size);
      if (!sparse) {
        return LowRankCodec.packed(scope.own(outer), scope.own(inner));
      }
      Tensor code = outer.clone();
      HardThreshold.keepLargest(code, 6);
      return SparseCodec.packed(6, scope.own(inner), code);
    }
  }

  private Path packed(Checkpoint source, Map<String, Packed> factors) throws Exception {
    List<TensorInfo> tensors = new ArrayList<>();
    Map<String, Form> forms = new TreeMap<>();
    for (String name : source.names()) {
      String projection = name.replaceFirst("\\.weight$", "");
      if (!factors.containsKey(projection)) {
        tensors.add(source.info(name));
      }
    }
    factors.forEach((name, value) -> {
      tensors.addAll(PackedTensors.of(name, value.form(), value.in(), value.out()));
      forms.put(name, value.form());
    });
    try (var writer =
        new SafetensorsWriter(folder.resolve("model.safetensors"), tensors, Map.of())) {
      for (TensorInfo tensor : tensors) {
        if (source.has(tensor.name())) {
          writer.write(tensor.name(), source.bytes(tensor.name()));
        }
      }
      for (var entry : factors.entrySet()) {
        PackedTensors.write(entry.getKey(), entry.getValue(), writer);
      }
      writer.finish();
    }
    Files.write(
        folder.resolve("config.json"),
        new CompressionSection("test", 0.5, forms).addedTo(source.config()));
    return folder;
  }

  @Test
  void memoryPackedAndDenseFormsAgree() throws Exception {
    try (var source = Checkpoint.open(FIXTURE);
        var _ = TensorScope.open()) {
      Architecture architecture = Architecture.of(source);
      Map<String, Packed> factors = factors(architecture);
      Map<String, Linear> kinds = new TreeMap<>();
      Tensor tokens = randint(101, new long[] {3, 20}, new TensorOptions(Dtype.I64.scalarType()));
      WeightLoader plain = WeightLoader.of(source, Dtype.F32);
      Tensor dense =
          logits(architecture, plain.decorated(linear -> multipliedOut(linear, factors)), tokens);
      Tensor inMemory = logits(architecture, plain.replacing(factors), tokens);
      try (var checkpoint = Checkpoint.open(packed(source, factors))) {
        Tensor fromDisk =
            logits(
                Architecture.of(checkpoint),
                WeightLoader.of(checkpoint, Dtype.F32)
                    .decorated(linear -> {
                      kinds.put(linear.name(), linear);
                      return linear;
                    }),
                tokens);
        assertThat(fromDisk.equal(inMemory)).isTrue();
      }
      Golden.assertClose("dense", inMemory, dense, 1e-3, 1e-4);
      assertThat(logits(architecture, plain, tokens).sub(dense).abs().max().item_double())
          .as("the factors change the model")
          .isGreaterThan(0.1);
      assertThat(form(kinds, "q_proj")).isInstanceOf(SparseForm.class);
      assertThat(form(kinds, "k_proj")).isInstanceOf(LowRankForm.class);
      assertThat(kinds.get("lm_head")).isInstanceOf(DenseLinear.class);
      factors.values().forEach(Packed::close);
    }
  }

  private static Form form(Map<String, Linear> kinds, String name) {
    Linear kind = Objects.requireNonNull(kinds.get("model.layers.0.self_attn." + name));
    return ((PackedLinear) kind).form();
  }

  private static Linear multipliedOut(Linear linear, Map<String, Packed> factors) {
    Packed replacement = factors.get(linear.name());
    if (replacement == null) {
      return linear;
    }
    linear.close();
    try (var scope = TensorScope.open()) {
      return new DenseLinear(linear.name(), scope.own(Codecs.dense(replacement, Dtype.F32)), null);
    }
  }

  private static Tensor logits(Architecture architecture, WeightLoader loader, Tensor tokens)
      throws Exception {
    try (var model = CausalModel.load(architecture, loader)) {
      return model.logits(tokens);
    }
  }

  /** bfloat16 has 8 significant bits; what it changes stays of that size. */
  @Test
  void halfWidthComputationIsCloseToFloat() throws Exception {
    try (var source = Checkpoint.open(FIXTURE);
        var golden = Golden.open(FIXTURE);
        var _ = TensorScope.open()) {
      Architecture architecture = Architecture.of(source);
      Tensor tokens = golden.tokens("seq1");
      Tensor full = logits(architecture, WeightLoader.of(source, Dtype.F32), tokens);
      Tensor half = logits(architecture, WeightLoader.of(source, Dtype.BF16), tokens);
      assertThat(Dtype.of(half)).isEqualTo(Dtype.BF16);
      double difference =
          half.to(Dtype.F32.scalarType()).sub(full).norm().item_double()
              / full.norm().item_double();
      assertThat(difference).isGreaterThan(1e-4).isLessThan(0.04);
    }
  }
}
