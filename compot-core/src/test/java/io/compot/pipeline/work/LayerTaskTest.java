package io.compot.pipeline.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.method.CompressionMethod;
import io.compot.method.LayerProblem;
import io.compot.method.Need;
import io.compot.plan.LayerTask;
import io.compot.recipe.Methods;
import io.compot.result.LayerReport;
import io.compot.setting.Schema;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A task that went through JSON and files makes the bytes that it makes where it was made. */
class LayerTaskTest {

  private static final String NAME = "model.layers.1.mlp.up_proj";

  @TempDir private Path folder;

  static List<CompressionMethod> methods() {
    return Methods.all().stream()
        .map(Schema::standard)
        .map(CompressionMethod.class::cast)
        .filter(method -> !method.needs(Need.MODEL))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("methods")
  void makesTheSameBytesElsewhere(CompressionMethod method) throws Exception {
    try (var checkpoint = Checkpoint.open(Path.of("..", "demo", "model"));
        var _ = TensorScope.open()) {
      manual_seed(5);
      Tensor weight = checkpoint.tensor(NAME + ".weight");
      try (var whitening = Whitening.of(gram(weight.size(1)), NAME);
          var original = Whitening.of(gram(weight.size(1)), NAME)) {
        LayerProblem problem = problem(method, weight, whitening, original);
        LayerTask task = task(method, problem);
        LayerReport here = LayerWorker.run(task, problem);
        LayerTask portable = TaskFiles.write(task, problem, folder);
        LayerTask read = LayerTask.read(folder, portable.json());
        assertThat(read).isEqualTo(portable);
        Path elsewhere = folder.resolve("elsewhere");
        LayerReport there = LayerWorker.run(read.to(elsewhere));
        assertThat(elsewhere).hasSameBinaryContentAs(task.output());
        assertThat(there).usingRecursiveComparison().ignoringFields("seconds").isEqualTo(here);
      }
    }
  }

  private LayerTask task(CompressionMethod method, LayerProblem problem) {
    Form form = method.size(problem.in(), problem.out(), Dtype.BF16, 0.4).orElseThrow();
    return new LayerTask(
        NAME, method, form, Dtype.BF16, 1 << 20, "so", 7, Map.of(), folder.resolve("here"));
  }

  private static LayerProblem problem(
      CompressionMethod method, Tensor weight, Whitening whitening, Whitening original) {
    Tensor target =
        method.takesTarget() ? weight.to(ScalarType.Double).mul(new Scalar(1.01)) : weight;
    return new LayerProblem(
        NAME,
        weight,
        whitening,
        Dtype.BF16,
        7,
        method.needs(Need.OUTPUT_METRIC) ? gram(weight.size(0)) : null,
        method.needs(Need.ORIGINAL_GRAM) ? original : null,
        target);
  }

  private static Tensor gram(long size) {
    Tensor rows = randn(2 * size, size).to(ScalarType.Double);
    return rows.t().mm(rows);
  }

  @Test
  void aFileThatChangedIsRefusedByName() throws Exception {
    CompressionMethod svd = Methods.named("svd").standard();
    try (var checkpoint = Checkpoint.open(Path.of("..", "demo", "model"));
        var _ = TensorScope.open()) {
      Tensor weight = checkpoint.tensor(NAME + ".weight");
      var problem = new LayerProblem(NAME, weight, null, Dtype.BF16, 7);
      LayerTask portable = TaskFiles.write(task(svd, problem), problem, folder);
      Path file = Objects.requireNonNull(portable.inputs().get(LayerTask.Input.WEIGHT)).file();
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
      assertThatThrownBy(() -> LayerWorker.run(portable))
          .isInstanceOf(InputException.class)
          .hasMessageContaining(file.toString());
    }
    assertThatThrownBy(() -> LayerTask.read(Path.of("task.json"), "{\"name\": 1, \"x\": 2}"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("task.json");
  }
}
