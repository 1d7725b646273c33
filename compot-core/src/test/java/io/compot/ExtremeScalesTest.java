package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.evaluation.PerplexityOptions;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.result.CompressionReport;
import io.compot.result.LayerReport;
import io.compot.tensor.TensorScope;
import io.compot.testing.EditedCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The bundled model with every projection's input multiplied by a power of two and its weight
 * divided by it: the same function, so that compression must lose the same, whatever the power.
 */
class ExtremeScalesTest {

  private static final Path DEMO = Path.of("..", "demo");

  @TempDir Path folder;
  private final List<String> notices = new ArrayList<>();

  @ParameterizedTest
  @CsvSource({
    "compot,BFloat16,100",
    "compot,BFloat16,-100",
    "compot+,BFloat16,-60",
    "compot,Float,-100",
    "svd-llm,BFloat16,100",
    "rocket,BFloat16,-100"
  })
  void activationsFrom1eMinus30To1e30ChangeNothing(String method, ScalarType stored, int power)
      throws Exception {
    CompressionReport plain = compress(method, scaled(0, stored), "plain");
    CompressionReport scaled = compress(method, scaled(power, stored), "scaled");
    for (int i = 0; i < plain.layers().size(); i++) {
      LayerReport layer = scaled.layers().get(i);
      double expected = plain.layers().get(i).error();
      assertThat(layer.error()).as(layer.name()).isCloseTo(expected, within(1e-3 * expected));
      assertThat(layer.whitening()).isEqualTo(plain.layers().get(i).whitening());
    }
    double before = perplexity("plain");
    assertThat(perplexity("scaled")).isCloseTo(before, within(1e-3 * before));
  }

  /** F16 ends at 65504 and keeps all digits from 6e-5 on. */
  @Test
  void factorsThatF16WouldNotHoldAreBalancedAndReported() throws Exception {
    CompressionReport plain = compress("compot", scaled(0, ScalarType.Half), "plain");
    assertThat(plain.layers()).allMatch(layer -> layer.rescued() == 0);
    assertThat(notices).isEmpty();
    CompressionReport scaled = compress("compot", scaled(14, ScalarType.Half), "scaled");
    for (int i = 0; i < plain.layers().size(); i++) {
      LayerReport layer = scaled.layers().get(i);
      double expected = plain.layers().get(i).error();
      assertThat(layer.error()).as(layer.name()).isCloseTo(expected, within(3e-2 * expected));
    }
    assertThat(scaled.layers()).anyMatch(layer -> layer.rescued() > 0);
    assertThat(notices).anyMatch(line -> line.contains("atoms or ranks would not fit"));
  }

  /** Two words that are never apart make inputs that are: each step of the ladder is told. */
  @Test
  void stepsOfTheLadderAreToldAndReported() throws Exception {
    Path text = Files.writeString(folder.resolve("text.txt"), "Tom ran. ".repeat(60));
    for (String method : List.of("compot", "compot+")) {
      notices.clear();
      CompressionReport report =
          compression(method, DEMO.resolve("model"), method).calibration(text).samples(1).run();
      assertThat(report.layers()).allMatch(layer -> layer.whitening().equals("damped"));
      assertThat(report.layers()).allMatch(layer -> layer.damping() >= 1e-10);
      assertThat(notices).anyMatch(line -> line.contains("whitened by step 'damped'"));
    }
  }

  /** Numbers that F64 holds and F32 does not. */
  @Test
  void weightsBeyondTheTypeComputedInAreNamed() throws Exception {
    try (var _ = TensorScope.open()) {
      EditedCheckpoint model = EditedCheckpoint.read(DEMO.resolve("model"));
      String name = "model.layers.0.mlp.up_proj.weight";
      model
          .tensors()
          .computeIfPresent(
              name, (_, weight) -> weight.to(ScalarType.Double).mul(new Scalar(1e200)));
      refuses(InputException.class, model, name, "F64", "F32 cannot hold");
    }
  }

  /** Gate times up overflows: the input of the projection behind them is infinite. */
  @Test
  void activationsThatOverflowStopBeforeAnythingIsWritten() throws Exception {
    try (var _ = TensorScope.open()) {
      EditedCheckpoint model = EditedCheckpoint.read(DEMO.resolve("model"));
      multiply(model, "model.layers.1.mlp.up_proj.weight", 1e25);
      multiply(model, "model.layers.1.mlp.gate_proj.weight", 1e25);
      refuses(FailureException.class, model, "model.layers.1.mlp.down_proj", "NaN or infinite");
    }
  }

  private void refuses(Class<?> kind, EditedCheckpoint model, String... parts) throws Exception {
    Path checkpoint = withTokenizer(model.write(folder));
    for (String method : List.of("compot", "compot+", "svd-llm")) {
      for (String allocation : List.of("auto", "svd-llm-v2")) {
        String name = "refused by " + method + " " + allocation;
        Path output = folder.resolve(name);
        assertThatThrownBy(() -> compression(method, checkpoint, name).allocation(allocation).run())
            .as(method + " " + allocation)
            .isInstanceOf(kind)
            .message()
            .contains(parts);
        assertThat(output).doesNotExist();
      }
    }
  }

  private Path scaled(int power, ScalarType stored) throws Exception {
    try (var _ = TensorScope.open()) {
      EditedCheckpoint model = EditedCheckpoint.read(DEMO.resolve("model"));
      double up = Math.scalb(1.0, power);
      for (int block = 0; block < 4; block++) {
        String at = "model.layers.%d.".formatted(block);
        multiply(model, at + "input_layernorm.weight", up);
        multiply(model, at + "post_attention_layernorm.weight", up);
        for (String each : List.of("self_attn.q_proj", "self_attn.k_proj", "mlp.gate_proj")) {
          multiply(model, at + each + ".weight", 1 / up);
        }
        // Their outputs are scaled for the projections behind them, their inputs are so already.
        multiply(model, at + "self_attn.v_proj.bias", up);
        multiply(model, at + "self_attn.o_proj.weight", 1 / up);
        multiply(model, at + "mlp.down_proj.weight", 1 / up);
      }
      model.tensors().replaceAll((_, tensor) -> tensor.to(stored).contiguous());
      return withTokenizer(model.write(folder));
    }
  }

  private static void multiply(EditedCheckpoint model, String name, double factor) {
    Tensor tensor = model.tensors().get(name);
    assertThat(tensor).as(name).isNotNull();
    tensor.mul_(new Scalar(factor));
  }

  private static Path withTokenizer(Path checkpoint) throws Exception {
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(DEMO.resolve("model").resolve(file), checkpoint.resolve(file));
    }
    return checkpoint;
  }

  private CompressionReport compress(String method, Path model, String name) throws Exception {
    return compression(method, model, name).run();
  }

  private Compression compression(String method, Path model, String name) {
    return Compression.of(model)
        .method(method)
        .computation(Computation.F32)
        .ratio(0.3)
        .include("layers.1")
        .forgiving()
        .set("iterations", 5)
        .calibration(DEMO.resolve("calibration.txt"))
        .samples(16)
        .length(64)
        .listener(event -> {
          if (event instanceof Progress.Notice notice) {
            notices.add(notice.message());
          }
        })
        .output(folder.resolve(name));
  }

  private double perplexity(String name) throws Exception {
    try (Model model = Model.load(folder.resolve(name), Computation.F32)) {
      var options = PerplexityOptions.defaults().withWindow(64);
      Path text =
          Files.writeString(
              folder.resolve("heldout.txt"),
              Files.readString(DEMO.resolve("heldout.txt")).substring(0, 10_000));
      return model.evaluate(text, options, ProgressListener.none()).value();
    }
  }
}
