package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.form.codec.Codecs;
import io.compot.progress.ProgressListener;
import io.compot.report.HtmlReport;
import io.compot.result.CompressionReport;
import io.compot.result.LayerReport;
import io.compot.result.ReportFiles;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.ToySignsMethod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * A form that one line of a service file registers is written, read, inspected, exported, run and
 * reported, and no room of the program knows it.
 */
class RegisteredFormTest {

  private static final Path MODEL = Path.of("..", "demo", "model");
  private static final String NAME = "model.layers.0.self_attn.q_proj";
  private static final List<Integer> TOKENS = List.of(1, 5, 9, 200, 17);

  @TempDir private Path folder;

  @Test
  void isWrittenReadInspectedExportedRunAndReported() throws Exception {
    Path output = folder.resolve("out");
    Path dense = folder.resolve("dense");
    ToySignsMethod.registered(
        folder.resolve("services"),
        () -> {
          CompressionReport report = Compression.of(MODEL).recipe(recipe()).output(output).run();
          isReported(report, output);
          isWrittenAndInspected(output);
          Export.dense(output, dense, false, ProgressListener.none());
          isExported(dense);
          isRun(output, dense);
        });
    assertThatThrownBy(() -> Model.load(output))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("compression.projections.model.layers.0.self_attn.")
        .hasMessageContaining(
            "found \"toy-signs\", but this program knows dense, low-rank, masked, sparse");
    assertThat(Codecs.all()).noneMatch(codec -> codec.id().equals("toy-signs"));
  }

  private Path recipe() throws Exception {
    return Files.writeString(
        folder.resolve("signs.yaml"),
        "method: toy-signs\nratio: 0.95\ninclude: layers.0.self_attn\n");
  }

  private static void isReported(CompressionReport report, Path output) throws Exception {
    LayerReport layer = layer(report);
    assertThat(layer.form()).isEqualTo("toy-signs");
    assertThat(layer.size()).isEqualTo("signs and scales in F32");
    assertThat(layer.facts()).containsEntry("sign_bits", 1L);
    assertThat(layer.bits()).isEqualTo(layer.in() * layer.out() + 32 * layer.out());
    assertThat(layer.bitsByPart())
        .containsEntry("signs", layer.in() * layer.out())
        .containsEntry("scales", 32 * layer.out());
    // Of a Gaussian the best sign code has an error of √(1 − 2/π) = 0.603.
    assertThat(layer.relativeError().weight()).isCloseTo(0.603, within(0.05));
    assertThat(output.resolve(HtmlReport.NAME)).content().contains("signs and scales in F32");
    assertThat(output.resolve(ReportFiles.JSON_NAME)).content().contains("toy-signs");
  }

  private static LayerReport layer(CompressionReport report) {
    return report.layers().stream()
        .filter(each -> each.name().equals(NAME))
        .findFirst()
        .orElseThrow();
  }

  private static void isWrittenAndInspected(Path output) throws Exception {
    var config = new JsonMapper().readTree(output.resolve("config.json").toFile());
    var form = config.get("compression").get("projections").get(NAME);
    assertThat(form.toString()).isEqualTo("{\"form\":\"toy-signs\",\"scale\":\"F32\"}");
    ModelSummary summary = ModelSummary.of(output);
    assertThat(summary.projections())
        .filteredOn(each -> each.form().equals("toy-signs"))
        .hasSize(4)
        .allSatisfy(each -> {
          assertThat(each.size()).isEqualTo("signs and scales in F32");
          assertThat(each.bits()).isEqualTo(each.in() * each.out() + 32 * each.out());
        });
  }

  /** What the numbers are, worked out apart from the form's own code. */
  private static void isExported(Path dense) throws Exception {
    try (var source = Checkpoint.open(MODEL);
        var exported = Checkpoint.open(dense);
        var scope = TensorScope.open()) {
      assertThat(exported.compression()).isEmpty();
      var single = Dtype.F32.scalarType();
      Tensor weight = scope.own(source.tensor(NAME + ".weight")).to(single);
      Tensor scales = weight.abs().mean(1);
      Tensor expected = weight.sign().mul(scales.unsqueeze(1));
      Tensor found = scope.own(exported.tensor(NAME + ".weight")).to(single);
      assertThat(found.sub(expected).abs().max().item_double()).isZero();
    }
  }

  private static void isRun(Path output, Path dense) throws Exception {
    try (var packed = Model.load(output, Computation.F32);
        var plain = Model.load(dense, Computation.F32);
        var original = Model.load(MODEL, Computation.F32);
        var ofPacked = packed.forward(TOKENS);
        var ofPlain = plain.forward(TOKENS);
        var ofOriginal = original.forward(TOKENS);
        var _ = TensorScope.open()) {
      assertThat(difference(ofPacked, ofPlain)).isLessThan(1e-4);
      assertThat(difference(ofPacked, ofOriginal)).isGreaterThan(0.1);
    }
  }

  private static double difference(Forward one, Forward other) {
    return one.logits().sub(other.logits()).abs().max().item_double();
  }
}
